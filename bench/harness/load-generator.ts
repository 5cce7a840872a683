import type { GeneratorMessage, Job, JobResult } from '../load/job.js';
import { type CpuUse, createCpuWatch } from './cpu-use.js';
import { startForked } from './forked-process.js';

/** What a job came to, and who used the processors meanwhile. */
export type Measurement = JobResult & { readonly cpu: CpuUse };

/** The load generator. */
export type LoadGenerator = {
  /**
   * Runs a job; one at a time. `pids` names the processes whose use of the processors is told.
   *
   * @throws Error when a connection breaks or a call is never answered
   */
  run(job: Job, pids: Readonly<Record<string, number>>): Promise<Measurement>;
  stop(): Promise<void>;
};

/** Starts the load generator. */
export async function startLoadGenerator(): Promise<LoadGenerator> {
  const { child, pid, stop } = await startForked<GeneratorMessage>('load/generator.ts');
  return {
    run(job, pids) {
      const watch = createCpuWatch({ generator: pid, ...pids });
      return new Promise((resolve, reject) => {
        let cpu: CpuUse | undefined;
        function settle(outcome: Measurement | Error): void {
          child.off('message', onMessage);
          child.off('exit', onExit);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        }
        function onMessage(message: GeneratorMessage): void {
          if (message.kind === 'measuring') watch.begin();
          if (message.kind === 'measured') cpu = watch.end();
          if (message.kind === 'result') settle({ ...message.result, cpu: cpu ?? watch.end() });
          if (message.kind === 'failed') settle(new Error(`Load generator: ${message.message}`));
        }
        function onExit(): void {
          settle(new Error('The load generator ended.'));
        }
        child.on('message', onMessage);
        child.on('exit', onExit);
        child.send(job);
      });
    },
    stop,
  };
}
