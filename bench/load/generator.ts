import { setTimeout as sleep } from 'node:timers/promises';
import { createCalls } from './calls.js';
import { startClosedLoop } from './closed-loop.js';
import type { GeneratorMessage, Job, JobResult } from './job.js';
import { createMeter, type Meter } from './meter.js';
import { startOpenLoop } from './open-loop.js';
import { createOutstanding, type Outstanding } from './outstanding.js';
import { connectAllRest, startRestLoop } from './rest-loop.js';
import { startStreamLoop } from './stream-loop.js';
import { connectWire } from './wire-connection.js';

/*
 * The load generator: a process of its own that takes jobs from its parent, one at a time.
 */

/** Longer than any server takes to answer or to give up. */
const ANSWER_LIMIT_MS = 30_000;

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

type Parts = { readonly meter: Meter; readonly outstanding: Outstanding };
/** A load that is ready to begin. */
type Prepared = { start(parts: Parts): () => void; close(): void };

async function prepare(job: Job, fail: (error: Error) => void): Promise<Prepared> {
  const { load } = job;
  if (load.kind === 'rest') {
    const connections = await connectAllRest(job, load.inFlight, fail);
    return {
      start: (parts) => startRestLoop(job, connections, parts),
      close: () => connections.forEach((connection) => void connection.close()),
    };
  }
  const connections = await Promise.all(
    Array.from({ length: job.connections }, (_, index) =>
      connectWire(job.addresses[index % job.addresses.length] as string, job.path, fail),
    ),
  );
  return {
    start(parts) {
      const all = { ...parts, calls: createCalls(job) };
      if (load.kind === 'closed') return startClosedLoop(connections, load.inFlight, all);
      if (load.kind === 'open') return startOpenLoop(connections, load.rate, all);
      return startStreamLoop(connections, load, all);
    },
    close: () => connections.forEach((connection) => void connection.close()),
  };
}

async function run(job: Job): Promise<JobResult> {
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failure.catch(() => {});
  const prepared = await prepare(job, fail);
  const meter = createMeter();
  const outstanding = createOutstanding();
  async function work(): Promise<JobResult> {
    const stop = prepared.start({ meter, outstanding });
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
    prepared.close();
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
