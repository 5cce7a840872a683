import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../harness/bench.js';
import { residentBytes } from '../harness/cpu-use.js';
import { startEwalletServer } from '../harness/ewallet-server.js';
import { type Findings, spreadOf } from '../harness/figures.js';
import { openSessions } from '../harness/population.js';
import { openStage } from '../harness/stage.js';
import { openWatches } from '../harness/watches.js';

const MB = 1_000_000;
/** How long the server is left alone before its memory is read. */
const SETTLE_MS = 10_000;

/** Memory of a server with many sessions and watch streams open. */
export async function measureOpenSessions(bench: Bench): Promise<Findings> {
  const { openSessions: sessions, watches } = bench.plan;
  const stage = await openStage(bench, bench.engines.includes('mysql') ? 'mysql' : 'sqlite');
  // One that has nothing behind it but these. SQLite takes one server per file.
  const shared = stage.host.engine === 'sqlite';
  const server = shared ? stage.server : await startEwalletServer(stage.databaseUrl);
  const memory = () => (residentBytes(server.pid) ?? Number.NaN) / MB;
  const settle = () => sleep(bench.plan.name === 'full' ? SETTLE_MS : 0);
  try {
    const before = memory();
    const endSessions = await openSessions(server, stage.population, sessions);
    await settle();
    const between = memory();
    const closeWatches = await openWatches(server, watches);
    await settle();
    const open = memory();
    await closeWatches();
    await endSessions();
    await settle();
    const after = memory();
    const count = (amount: number) => amount.toLocaleString('en');
    return {
      name: `Open sessions on ${shared ? 'SQLite' : 'MySQL'}`,
      legs: [],
      verdicts: [await stage.judge()],
      notes: [],
      figures: [
        {
          title: `${count(sessions)} open sessions, ${count(watches)} watch streams: resident memory of the server`,
          goal: { kind: 'at most', value: 300 },
          value: spreadOf([open]),
          unit: 'MB',
          detail: `${Math.round(before)} MB before, ${Math.round(between)} MB with the sessions`,
        },
        {
          title: 'the same when all of them have ended',
          goal: null,
          value: spreadOf([after]),
          unit: 'MB',
          detail: `${SETTLE_MS / 1_000} s after the last one`,
        },
      ],
    };
  } finally {
    if (!shared) await server.stop();
    await stage.stop();
  }
}
