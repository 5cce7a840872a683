import type { FullIssueReport, IssueReport } from '../model/issue.js';
import type { Row } from './batch-transaction.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

const columns = [
  'id',
  'client_token_id',
  'master_id',
  'user_id',
  'name',
  'contact',
  'log_size',
  'source',
  'create_time',
  'update_time',
  'close_time',
];

/** The one row of issue_report_counts. */
const COUNTS_ID = 1;

/** Locks the count of open reports and tells it. Whatever opens, closes or erases reports does so first, one after another. */
export async function lockOpenCount(tx: Tx): Promise<number> {
  const row = await tx('issue_report_counts')
    .where({ id: COUNTS_ID })
    .forUpdate()
    .first<{ open_count: bigint } | undefined>('open_count');
  return Number(row?.open_count ?? 0n);
}

/** How many reports from a network are open. */
export async function countOpenFrom(reader: Reader, sourceHash: Buffer): Promise<number> {
  const rows = await reader('issue_reports')
    .where('source_hash', sourceHash)
    .whereNull('close_time')
    .count<{ count: bigint }[]>({ count: '*' });
  return Number(rows[0]?.count ?? 0n);
}

/** Who is logged in on the session of a client token; null when nobody is. */
export async function findActiveUserId(
  reader: Reader,
  clientTokenId: bigint,
): Promise<bigint | null> {
  const row = await reader('sessions')
    .where('client_token_id', sqlValue(clientTokenId))
    .first<{ active_user_id: bigint | null } | undefined>('active_user_id');
  return row?.active_user_id ?? null;
}

/** Stores an open report. The count is locked. */
export async function insertIssueReport(
  tx: Tx,
  report: FullIssueReport & { readonly sourceHash: Buffer },
): Promise<void> {
  await tx('issue_reports').insert({
    id: report.id,
    client_token_id: report.clientTokenId,
    master_id: report.masterId,
    user_id: report.userId,
    name: report.name,
    contact: report.contact,
    details: Buffer.from(JSON.stringify(report.details)),
    log: report.log,
    log_size: report.logSize,
    source: report.source,
    source_hash: report.sourceHash,
    create_time: report.createTime,
    update_time: report.updateTime,
  });
  await changeOpenCount(tx, 1);
}

/** Reports, newest first. */
export async function listIssueReports(
  reader: Reader,
  query: ListPart & { readonly openOnly: boolean; readonly masterId: bigint | null },
): Promise<IssueReport[]> {
  const reports = reader('issue_reports');
  if (query.openOnly) reports.whereNull('close_time');
  if (query.masterId !== null) reports.where('master_id', sqlValue(query.masterId));
  return (await newestFirst(reports, query).select(columns)).map(toReport);
}

/** A report with all that was told. */
export async function findIssueReport(
  reader: Reader,
  id: bigint,
): Promise<FullIssueReport | undefined> {
  const row: Row | undefined = await reader('issue_reports')
    .where('id', sqlValue(id))
    .first([...columns, 'details', 'log']);
  return (
    row && {
      ...toReport(row),
      details: JSON.parse((row.details as Buffer).toString()) as string[],
      log: row.log as Buffer,
    }
  );
}

/** What tells about people, emptied. */
const emptied = {
  contact: '',
  details: Buffer.from('[]'),
  log: Buffer.alloc(0),
  source: '',
  source_hash: null,
};

/** Closes a report and empties what tells about people. False when it was closed, or is none. The count is locked. */
export async function closeIssueReport(
  tx: Tx,
  { id, now }: { readonly id: bigint; readonly now: number },
): Promise<boolean> {
  const closed = await tx('issue_reports')
    .where('id', sqlValue(id))
    .whereNull('close_time')
    .update({ ...emptied, update_time: now, close_time: now });
  await changeOpenCount(tx, -closed);
  return closed > 0;
}

/** Closes and empties the reports of a removed user or master, their names with it. Locks the count. */
export async function eraseIssueReports(
  tx: Tx,
  whose: { readonly userId: bigint } | { readonly masterId: bigint },
  now: number,
): Promise<void> {
  await lockOpenCount(tx);
  const column = 'userId' in whose ? 'user_id' : 'master_id';
  const id = sqlValue('userId' in whose ? whose.userId : whose.masterId);
  const closed = await tx('issue_reports')
    .where(column, id)
    .whereNull('close_time')
    .update({ close_time: now, update_time: now });
  await tx('issue_reports')
    .where(column, id)
    .update({ ...emptied, name: '' });
  await changeOpenCount(tx, -closed);
}

async function changeOpenCount(tx: Tx, by: number): Promise<void> {
  if (by === 0) return;
  await tx('issue_report_counts')
    .where({ id: COUNTS_ID })
    .update({ open_count: tx.raw('open_count + ?', [by]) });
}

function toReport(row: Row): IssueReport {
  return {
    id: row.id as bigint,
    clientTokenId: row.client_token_id as bigint | null,
    masterId: row.master_id as bigint | null,
    userId: row.user_id as bigint | null,
    name: row.name as string,
    contact: row.contact as string,
    logSize: Number(row.log_size),
    source: row.source as string,
    createTime: Number(row.create_time),
    updateTime: Number(row.update_time),
    closeTime: numberOrNull(row.close_time as bigint | null),
  };
}
