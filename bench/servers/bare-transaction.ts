import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Connection, createConnection } from 'mysql2/promise';
import { digestOf } from '../../src/domain/ledger/digest.js';
import { evaluate } from '../../src/domain/ledger/evaluate.js';
import type { OperationDraft } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import { runLedgerBatch } from '../../src/storage/ledger.js';
import { createMeter } from '../load/meter.js';
import { createChooser } from '../load/random-choice.js';
import { driverOptions, prepareConnection, reserveIds } from './mysql-driver.js';
import { announceReady, startArgument } from './parent.js';
import { draftPayment, listWallets } from './payment-draft.js';

/*
 * The bare transaction of a lone payment: the very statements that the service sends for it, in the same two round trips,
 * on one connection of the driver, one after another. No gRPC, no credentials, no look-ups, no queue.
 */

const { databaseUrl } = startArgument<{ databaseUrl: string }>();
const connection = await createConnection({
  ...driverOptions(databaseUrl),
  multipleStatements: true,
});
await prepareConnection(connection);
const wallets = await listWallets(connection);
let nextId = await reserveIds(connection);

/** As much of a database as {@link runLedgerBatch} needs, straight on the driver. */
function onDriver(driver: Connection): Database {
  const { connection: core } = driver as unknown as { connection: object };
  const client = {
    acquireConnection: async () => core,
    releaseConnection: async () => {},
    query: async (_: unknown, { sql, bindings }: { sql: string; bindings: unknown[] }) => ({
      response: await driver.query(sql, bindings),
    }),
  };
  const parts = { engine: 'mysql', ledgerPool: { client } };
  return parts as unknown as Database;
}

const database = onDriver(connection);

async function payOnce(draft: OperationDraft): Promise<void> {
  const accountIds = draft.movements.flatMap(({ debit, credit }) => [debit, credit]);
  await runLedgerBatch(database, { accountIds, requests: [draft], masterKeyIds: [] }, (state) => {
    const { decisions, changed } = evaluate([draft], {
      accounts: new Map(state.accounts.map((account) => [account.id, account])),
      decided: new Map(),
      now: Date.now(),
    });
    const [decision] = decisions;
    if (decision?.kind !== 'decided' || decision.operation.refusal) throw new Error('Refused.');
    const stored = { ...decision, digest: digestOf(decision), notes: '', terms: undefined };
    return { writes: { operations: [stored], accounts: [...changed.values()] }, result: undefined };
  });
}

process.on('message', async (job: { warmUpMs: number; durationMs: number; seed: number }) => {
  const meter = createMeter();
  const choose = createChooser({ kind: 'spread', count: wallets.length }, job.seed);
  async function payFor(ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end; ) {
      const { payer, payee } = choose();
      nextId += 1n;
      const draft = draftPayment(
        nextId,
        randomBytes(16),
        wallets[payer] as (typeof wallets)[0],
        wallets[payee] as (typeof wallets)[0],
        1n,
      );
      const since = performance.now();
      await payOnce(draft);
      meter.answered('0', since);
    }
  }
  await payFor(job.warmUpMs);
  meter.beginMeasuring();
  await payFor(job.durationMs);
  meter.endMeasuring();
  process.send?.(meter.result());
});
announceReady({ kind: 'ready' });
