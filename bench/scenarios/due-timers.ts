import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../harness/bench.js';
import { query } from '../harness/databases.js';
import { startEwalletServer } from '../harness/ewallet-server.js';
import type { Figure, Findings } from '../harness/figures.js';
import { MILLISECOND_CLOCKS, runClocks } from '../harness/run-clocks.js';
import { openStage } from '../harness/stage.js';

/** Time to start each timer in. */
const MS_PER_TIMER = 8;
const MORE_MS = 10_000;
/** The other server is killed so long after the second in which all timers end began. */
const KILL_AFTER_MS = 600;
const LIMIT_MS = 120_000;

/** How soon timers are settled that run out in the same second, by two servers of which one is killed meanwhile. */
export async function measureDueTimers(bench: Bench): Promise<Findings> {
  const count = bench.plan.dueTimers;
  const stage = await openStage(bench, 'mysql', MILLISECOND_CLOCKS);
  const other = await startEwalletServer(stage.databaseUrl, MILLISECOND_CLOCKS);
  try {
    const dueTime = Date.now() + MORE_MS + count * MS_PER_TIMER;
    await runClocks(stage.server, stage.users, count, dueTime);
    await sleep(dueTime + KILL_AFTER_MS - Date.now());
    process.kill(other.pid, 'SIGKILL');
    const atKill = await countSettled(stage.databaseUrl);
    for (const deadline = Date.now() + LIMIT_MS; ; await sleep(100)) {
      if ((await countSettled(stage.databaseUrl)) >= count) break;
      if (Date.now() > deadline) throw new Error('Timers that ran out were not settled.');
    }
    const lags = await readLags(stage.databaseUrl, count);
    return {
      name: 'Timers that run out on MySQL',
      legs: [],
      verdicts: [await stage.judge()],
      notes: [
        `Two servers; one was killed when ${atKill.toLocaleString('en')} timers had been settled. Each timer was settled once.`,
        'The lag is from the end of a timer to its settlement. What is charged does not depend on it.',
      ],
      figures: figuresOf(lags),
    };
  } finally {
    await other.stop();
    await stage.stop();
  }
}

async function countSettled(databaseUrl: string): Promise<number> {
  const [row] = await query(databaseUrl, 'SELECT COUNT(*) AS n FROM time_records');
  return Number(row?.n);
}

/** Of each timer, in ascending order. @throws Error when one was settled twice, or not to its end. */
async function readLags(databaseUrl: string, count: number): Promise<number[]> {
  const rows = await query(
    databaseUrl,
    `SELECT clock_id, stop_reason, create_time - stop_time AS lag, stop_time - start_time - spent_ms AS lost
     FROM time_records`,
  );
  const clocks = new Set(rows.map(({ clock_id }) => String(clock_id)));
  const isWhole = rows.every((row) => row.stop_reason === 'EXHAUSTED' && Number(row.lost) === 0);
  if (rows.length !== count || clocks.size !== count || !isWhole) {
    throw new Error(`${rows.length} records of ${clocks.size} clocks, ${count} were to be.`);
  }
  return rows.map(({ lag }) => Number(lag)).sort((a, b) => a - b);
}

function figuresOf(lags: readonly number[]): Figure[] {
  const at = (part: number) => lags[Math.ceil(lags.length * part) - 1] ?? Number.NaN;
  const total = `${lags.length.toLocaleString('en')} timers that run out within one second`;
  return [
    figure(`${total}: lag of settlement, p50`, at(0.5), `${at(0.01)} ms the first hundredth`),
    figure('the same, p99', at(0.99), `${at(1)} ms the longest`),
  ];
}

function figure(title: string, ms: number, detail: string): Figure {
  return { title, goal: null, value: { median: ms, min: ms, max: ms }, unit: 'ms', detail };
}
