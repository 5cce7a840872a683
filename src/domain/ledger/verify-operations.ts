import type {
  ClockChange,
  ClockWrites,
  ConversionRecord,
  TimeRecord,
} from '../../model/clockwork.js';
import type { Operation, TransferRecord } from '../../model/ledger.js';
import {
  type ChangeRead,
  type EntryRead,
  findChanges,
  findLastOperationId,
  findOperationIds,
  type InvoiceRead,
  listEntriesByOperation,
  listInvoicesByOperation,
  listNotedOperations,
  listOperationsById,
  listTransfersByOperation,
  type OperationRange,
  type OperationRead,
} from '../../storage/ledger-verify.js';
import {
  listClockChanges,
  listConversions,
  listTimeRecords,
} from '../../storage/ledger-verify-clocks.js';
import { shapeOf } from './operation-shapes.js';
import { createRowStream, type RowStream, takeWhile } from './row-stream.js';
import { verifyOperation } from './verify-operation.js';
import { findParties } from './verify-parties.js';
import { type RefusedOperation, verifyRefusals } from './verify-refusals.js';
import type { VerifyRun } from './verify-run.js';

/** An operation with everything that names it. */
export type OperationRows = OperationRead & {
  readonly entries: readonly EntryRead[];
  readonly changes: readonly ChangeRead[];
  readonly transfer: TransferRecord | null;
  readonly invoice: InvoiceRead | null;
  readonly clocks: ClockWrites;
  readonly hasNotes: boolean;
};

/** Refused operations that are held in memory until they are checked. */
const REFUSALS_AT_ONCE = 10_000;

/**
 * Checks every operation above an id (null: all) against what its kind calls for, and everything else for an operation. A page of
 * operations is read before what belongs to it, and they are committed together, so that all of it is there to be read.
 *
 * The run ends at the highest id that there is when it begins: it never runs after a service that writes faster. Returns that id, 0
 * when there is no operation.
 *
 * `onRead` is told of every operation.
 */
export async function verifyOperations(
  run: VerifyRun,
  above: bigint | null,
  onRead: (operation: Operation) => void = () => {},
): Promise<bigint> {
  const end = await findLastOperationId(run.db.knex);
  const refused: RefusedOperation[] = [];
  let after = above;
  for (;;) {
    const rest = { after, upTo: end };
    const page: OperationRead[] = await listOperationsById(run.db.knex, rest, run.pageSize);
    await run.afterPage();
    const isLast = page.length < run.pageSize;
    const upTo: bigint | null = isLast ? end : (page.at(-1)?.operation.id ?? end);
    run.count('operations', page.length);
    for (const { operation } of page) onRead(operation);
    refused.push(...(await verifyPage(run, page, { after, upTo })));
    if (isLast || refused.length >= REFUSALS_AT_ONCE) await verifyRefusals(run, refused.splice(0));
    if (isLast) return end ?? 0n;
    after = upTo;
  }
}

/** Checks the operations with these ids, which are in order, and says which of them entries, records and notes name in vain. */
export async function verifyOperationsById(run: VerifyRun, ids: readonly bigint[]): Promise<void> {
  for (let start = 0; start < ids.length; start += run.pageSize) {
    const range = { after: null, upTo: null, ids: ids.slice(start, start + run.pageSize) };
    const page = await listOperationsById(run.db.knex, range, run.pageSize);
    await run.afterPage();
    run.count('operations', page.length);
    await verifyRefusals(run, await verifyPage(run, page, range));
  }
}

/** Returns the operations that were refused: they are held against the history of their accounts, many at once. */
async function verifyPage(
  run: VerifyRun,
  page: readonly OperationRead[],
  range: OperationRange,
): Promise<RefusedOperation[]> {
  const all = await gather(run, page, range);
  const parties = await findParties(run.db, all);
  for (const rows of all) verifyOperation(rows, parties, run.report);
  return all.flatMap(({ operation, torn }): RefusedOperation[] =>
    operation.refusal && !torn ? [{ ...operation, refusal: operation.refusal }] : [],
  );
}

/** Reads what belongs to the operations of a page, and looks for operations where only their rows are. */
async function gather(
  run: VerifyRun,
  page: readonly OperationRead[],
  range: OperationRange,
): Promise<OperationRows[]> {
  const { knex } = run.db;
  const changing = page.filter(({ operation }) => shapeOf(operation.kind)?.changes !== 0);
  const changes = await findChanges(
    knex,
    changing.map(({ operation }) => operation.id),
  );
  const entries = createRowStream(run, (last: EntryRead | undefined, limit) =>
    listEntriesByOperation(knex, range, last, limit),
  );
  const transfers = createRowStream(run, (last: TransferRecord | undefined, limit) =>
    listTransfersByOperation(knex, range, last, limit),
  );
  const invoices = createRowStream(run, (last: InvoiceRead | undefined, limit) =>
    listInvoicesByOperation(knex, range, last, limit),
  );
  const clocks = streamClocks(run, range);
  const notes = createRowStream(run, (last: { operationId: bigint } | undefined, limit) =>
    listNotedOperations(knex, range, last, limit),
  );
  const all: OperationRows[] = [];
  const records = { count: 0 };
  const pass = async (end: bigint | null) => {
    run.count('entries', await passOrphans(run, entries, end, 'An entry names'));
    records.count += await passOrphans(run, transfers, end, 'A transfer record names');
    records.count += await passOrphans(run, invoices, end, 'An invoice record names');
    records.count += await clocks.pass(end);
    await passOrphans(run, notes, end, 'Notes name');
  };
  for (const read of page) {
    const { id } = read.operation;
    const isOwn = (row: { operationId: bigint }) => row.operationId === id;
    await pass(id);
    const rows: OperationRows = {
      ...read,
      entries: await takeWhile(entries, isOwn),
      changes: changes.filter(isOwn),
      transfer: (await takeWhile(transfers, isOwn))[0] ?? null,
      invoice: (await takeWhile(invoices, isOwn))[0] ?? null,
      clocks: await clocks.take(isOwn),
      hasNotes: (await takeWhile(notes, isOwn)).length > 0,
    };
    run.count('entries', rows.entries.length);
    records.count += (rows.transfer ? 1 : 0) + (rows.invoice ? 1 : 0);
    records.count += rows.clocks.records.length + (rows.clocks.conversion ? 1 : 0);
    all.push(rows);
  }
  await pass(null);
  run.count('records', records.count);
  return all;
}

/** What the operations of a range did to clocks, as streams in the order of the operations. */
function streamClocks(run: VerifyRun, range: OperationRange) {
  const { knex } = run.db;
  const changes = createRowStream(run, (last: ClockChange | undefined, limit) =>
    listClockChanges(knex, range, last, limit),
  );
  const records = createRowStream(run, (last: TimeRecord | undefined, limit) =>
    listTimeRecords(knex, range, last, limit),
  );
  const conversions = createRowStream(run, (last: ConversionRecord | undefined, limit) =>
    listConversions(knex, range, last, limit),
  );
  return {
    /** Passes over those of no operation of the page. Returns how many records there were. */
    async pass(end: bigint | null): Promise<number> {
      await passOrphans(run, changes, end, 'A clock change names');
      const times = await passOrphans(run, records, end, 'A time record names');
      return times + (await passOrphans(run, conversions, end, 'A conversion record names'));
    },
    async take(isOwn: (row: { operationId: bigint }) => boolean): Promise<ClockWrites> {
      return {
        changes: await takeWhile(changes, isOwn),
        records: await takeWhile(records, isOwn),
        conversion: (await takeWhile(conversions, isOwn))[0] ?? null,
      };
    },
  };
}

/**
 * Passes over rows that come before operation `end` (null: all that are left) and belong to none that was read. The operation may
 * have been committed since, so it is looked for again. Returns how many rows there were.
 */
async function passOrphans<T extends { readonly operationId: bigint }>(
  run: VerifyRun,
  stream: RowStream<T>,
  end: bigint | null,
  what: string,
): Promise<number> {
  let count = 0;
  for (;;) {
    const ids: bigint[] = [];
    let row = await stream.peek();
    for (; row && (end === null || row.operationId < end); row = await stream.peek()) {
      ids.push(row.operationId);
      stream.drop();
      if (ids.length === run.pageSize) break;
    }
    if (ids.length === 0) return count;
    count += ids.length;
    const found = await findOperationIds(run.db.knex, ids);
    for (const id of new Set(ids)) {
      if (found.has(id)) continue;
      run.report(
        'OPERATION_MISSING',
        { operation: id },
        `${what} operation ${id}, which is not there.`,
      );
    }
  }
}
