import type { Bench } from './bench.js';
import { countPayments } from './count-payments.js';
import type { DatabaseHost } from './databases.js';
import { type EwalletServer, startEwalletServer } from './ewallet-server.js';
import { type Population, populate } from './population.js';
import { askVerdict, type Verdict } from './verdict.js';

/** A database with users in it, and a server on it. */
export type Stage = {
  readonly host: DatabaseHost;
  readonly databaseUrl: string;
  readonly server: EwalletServer;
  readonly population: Population;
  readonly users: Population['users'];
  /** Notes that so many more payments were acknowledged. */
  acknowledged(payments: number): void;
  /** Whether the ledger verifies, every acknowledged payment is in the book, and no server complained. */
  judge(mode?: 'full' | 'incremental'): Promise<Verdict>;
  stop(): Promise<void>;
};

/** Makes a database on an engine, starts a server on it (with `settings` of its own) and fills it with the plan's users. */
export async function openStage(
  bench: Bench,
  engine: DatabaseHost['engine'],
  settings: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const host = await bench.host(engine);
  const databaseUrl = await host.createDatabase();
  const server = await startEwalletServer(databaseUrl, settings);
  const population = await populate(server, bench.plan.users);
  let promised = 0;
  return {
    host,
    databaseUrl,
    server,
    population,
    users: population.users,
    acknowledged(payments) {
      promised += payments;
    },
    async judge(mode = 'full') {
      const kept = await countPayments(databaseUrl);
      const verdict = await askVerdict(server, mode);
      const text = `${host.engine}: ${verdict.text}; ${promised} payments acknowledged, ${kept} in the book`;
      const complaint = server.complaints[0];
      const complaints = complaint ? `; ${server.complaints.length} complaints: ${complaint}` : '';
      return { verified: verdict.verified && kept === promised, text: text + complaints };
    },
    stop: server.stop,
  };
}
