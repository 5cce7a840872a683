import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { commitBatch } from '../../src/domain/ledger/commit-batch.js';
import type { OperationDraft } from '../../src/model/ledger.js';
import { openDatabase } from '../../src/storage/database.js';
import { createIds } from '../../src/storage/ids.js';
import { createChooser } from '../load/random-choice.js';
import { driverOptions } from '../servers/mysql-driver.js';
import { type BenchWallet, draftPayment, listWallets } from '../servers/payment-draft.js';

/** Payments per transaction: more make it no faster. */
const BATCH = 1_000;

/**
 * Writes payments among all wallets of a MySQL database by the service's own commit, so that the book is one that the
 * service could have written. Gives the time it took in ms.
 */
export async function fillBook(databaseUrl: string, payments: number): Promise<number> {
  const connection = await createConnection(driverOptions(databaseUrl));
  const wallets = await listWallets(connection);
  const db = await openDatabase({ url: databaseUrl });
  const ids = createIds(db);
  const choose = createChooser({ kind: 'spread', count: wallets.length }, 1);
  async function draft(): Promise<OperationDraft> {
    const { payer, payee } = choose();
    const [from, to] = [wallets[payer] as BenchWallet, wallets[payee] as BenchWallet];
    return draftPayment(await ids.next(), randomBytes(16), from, to, 1n);
  }
  const began = performance.now();
  const durability = await lowerDurability(connection);
  try {
    for (let left = payments; left > 0; left -= BATCH) {
      const drafts: OperationDraft[] = [];
      while (drafts.length < Math.min(BATCH, left)) drafts.push(await draft());
      const deps = { db, time: { now: Date.now, monotonic: () => performance.now() } };
      for (const settled of await commitBatch(deps, drafts)) {
        if ('error' in settled) throw settled.error;
      }
    }
  } finally {
    await connection.query(`SET GLOBAL innodb_flush_log_at_trx_commit = ${durability}`);
    await connection.end();
    await db.close();
  }
  return performance.now() - began;
}

/** Nothing is measured here, so nothing needs to be durable at once. Gives what it was. */
async function lowerDurability(connection: Awaited<ReturnType<typeof createConnection>>) {
  const [rows] = await connection.query('SELECT @@global.innodb_flush_log_at_trx_commit AS value');
  await connection.query('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
  return Number((rows as { value: bigint }[])[0]?.value ?? 1);
}
