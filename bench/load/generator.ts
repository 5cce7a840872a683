import { setTimeout as sleep } from 'node:timers/promises';
import { createCalls } from './calls.js';
import { startClosedLoop } from './closed-loop.js';
import type { GeneratorMessage, Job, JobResult } from './job.js';
import { createMeter } from './meter.js';
import { startOpenLoop } from './open-loop.js';
import { createOutstanding } from './outstanding.js';
import { startStreamLoop } from './stream-loop.js';
import { connectWire, type WireConnection } from './wire-connection.js';

/*
 * The load generator: a process of its own that takes jobs from its parent, one at a time.
 */

/** Longer than any server takes to answer or to give up. */
const ANSWER_LIMIT_MS = 30_000;

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

function start(
  job: Job,
  connections: WireConnection[],
  parts: Parameters<typeof startOpenLoop>[2],
) {
  const { load } = job;
  if (load.kind === 'closed') return startClosedLoop(connections, load.inFlight, parts);
  if (load.kind === 'open') return startOpenLoop(connections, load.rate, parts);
  return startStreamLoop(connections, load, parts);
}

async function run(job: Job): Promise<JobResult> {
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failure.catch(() => {});
  const connections = await Promise.all(
    Array.from({ length: job.connections }, (_, index) =>
      connectWire(job.addresses[index % job.addresses.length] as string, job.path, fail),
    ),
  );
  const meter = createMeter();
  const outstanding = createOutstanding();
  async function work(): Promise<JobResult> {
    const stop = start(job, connections, { calls: createCalls(job), meter, outstanding });
    await sleep(job.warmUpMs);
    tell({ kind: 'measuring' });
    meter.beginMeasuring();
    await sleep(job.durationMs);
    meter.endMeasuring();
    tell({ kind: 'measured' });
    stop();
    await outstanding.allAnswered(ANSWER_LIMIT_MS);
    return meter.result();
  }
  try {
    return await Promise.race([work(), failure]);
  } finally {
    for (const connection of connections) connection.close();
  }
}

process.on('message', (job: Job) => {
  run(job).then(
    (result) => tell({ kind: 'result', result }),
    (error: Error) => tell({ kind: 'failed', message: error.message }),
  );
});
process.on('disconnect', () => process.exit());
tell({ kind: 'ready' });
