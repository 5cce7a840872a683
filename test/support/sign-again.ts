import { digestOf } from '../../src/domain/ledger/digest.js';
import type { Database } from '../../src/storage/database.js';
import {
  findChanges,
  listEntriesByOperation,
  listInvoicesByOperation,
  listOperationsById,
  listTransfersByOperation,
} from '../../src/storage/ledger-verify.js';
import {
  listClockChanges,
  listConversions,
  listTimeRecords,
} from '../../src/storage/ledger-verify-clocks.js';

/** Writes the digest that an operation has now: what somebody would do who knows how it is made. */
export async function signAgain(db: Database, id: bigint): Promise<boolean> {
  const { knex } = db;
  const range = { after: id - 1n, upTo: id };
  const [read] = await listOperationsById(knex, range, 1);
  if (!read) return false;
  const [transfer = null] = await listTransfersByOperation(knex, range, undefined, 1);
  const [invoice = null] = await listInvoicesByOperation(knex, range, undefined, 1);
  const entries = await listEntriesByOperation(knex, range, undefined, 9);
  const changes = await findChanges(knex, [id]);
  const { operation } = read;
  const clocks = {
    changes: await listClockChanges(knex, range, undefined, 9),
    records: await listTimeRecords(knex, range, undefined, 9),
    conversion: (await listConversions(knex, range, undefined, 1))[0] ?? null,
  };
  const digest = digestOf({ operation, entries, changes, transfer, invoice, clocks });
  await knex('operations').where('id', String(id)).update({ digest });
  return true;
}
