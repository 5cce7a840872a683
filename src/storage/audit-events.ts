import type { AuditActor, AuditEvent, AuditKind, AuditOutcome } from '../model/audit.js';
import type { Reason } from '../model/reasons.js';
import type { Statement, Value } from './batch-transaction.js';
import { sqlValue } from './sql-values.js';
import { insertStatements } from './statements.js';
import type { Reader, Tx } from './transaction.js';

/** Which events, newest first. Null is any. */
export type AuditFilter = {
  readonly masterId: bigint | null;
  readonly userId: bigint | null;
  readonly kind: AuditKind | null;
  /** Not before this moment. */
  readonly startTime: number | null;
  /** Before this moment. */
  readonly endTime: number | null;
};

/** A place in the list of events. */
export type AuditPosition = { readonly createTime: number; readonly id: bigint };

type AuditRow = {
  id: bigint;
  create_time: bigint;
  kind: AuditKind;
  outcome: AuditOutcome;
  reason: Reason | '';
  actor: AuditActor;
  actor_user_id: bigint | null;
  actor_key_id: bigint | null;
  session_id: bigint | null;
  client_token_id: bigint | null;
  master_id: bigint | null;
  user_id: bigint | null;
  subject_id: bigint | null;
  method: string;
  /** Null when the details were erased. */
  source: string | null;
  email_hash: Buffer | null;
};

const eventColumns = [
  'id',
  'create_time',
  'kind',
  'outcome',
  'reason',
  'actor',
  'actor_user_id',
  'actor_key_id',
  'session_id',
  'client_token_id',
  'master_id',
  'user_id',
  'subject_id',
  'method',
].map((name) => `audit_events.${name}`);

/** Appends an event and, in a row that can be erased, where it came from. Nothing but this writes events. */
export async function insertAuditEvent(tx: Tx, event: AuditEvent): Promise<void> {
  await tx('audit_events').insert(eventRow(event));
  const details = detailsRow(event);
  if (details) await tx('audit_details').insert(details);
}

/** As {@link insertAuditEvent}, for a transaction whose statements are sent together. */
export function auditStatements(event: AuditEvent): Statement[] {
  const details = detailsRow(event);
  return [
    ...insertRow('audit_events', eventRow(event)),
    ...(details ? insertRow('audit_details', details) : []),
  ];
}

function insertRow(table: string, row: Record<string, Value>): Statement[] {
  return insertStatements(table, Object.keys(row), [Object.values(row)]);
}

function eventRow(event: AuditEvent) {
  return {
    id: event.id,
    create_time: event.createTime,
    kind: event.kind,
    outcome: event.outcome,
    reason: event.reason ?? '',
    actor: event.actor,
    actor_user_id: event.actorUserId,
    actor_key_id: event.actorKeyId,
    session_id: event.sessionId,
    client_token_id: event.clientTokenId,
    master_id: event.masterId,
    user_id: event.userId,
    subject_id: event.subjectId,
    method: event.method,
  };
}

function detailsRow(event: AuditEvent) {
  if (event.source === null && event.emailHash === null) return undefined;
  return {
    event_id: event.id,
    master_id: event.masterId,
    // Who acted is told by the address as well as whom it was done to.
    user_id: event.actorUserId ?? event.userId,
    source: event.source ?? '',
    email_hash: event.emailHash,
  };
}

/** Up to `limit` events, newest first by (create_time, id), below the position. */
export async function listAuditEvents(
  reader: Reader,
  filter: AuditFilter & { readonly before: AuditPosition | null; readonly limit: number },
): Promise<AuditEvent[]> {
  const { before } = filter;
  const query = reader('audit_events')
    .leftJoin('audit_details', 'audit_details.event_id', 'audit_events.id')
    .orderBy([
      { column: 'audit_events.create_time', order: 'desc' },
      { column: 'audit_events.id', order: 'desc' },
    ])
    .limit(filter.limit)
    .select([...eventColumns, 'audit_details.source', 'audit_details.email_hash']);
  const { masterId, userId, kind, startTime, endTime } = filter;
  if (masterId !== null) query.where('audit_events.master_id', sqlValue(masterId));
  if (userId !== null) query.where('audit_events.user_id', sqlValue(userId));
  if (kind !== null) query.where('audit_events.kind', kind);
  if (startTime !== null) query.where('audit_events.create_time', '>=', startTime);
  if (endTime !== null) query.where('audit_events.create_time', '<', endTime);
  if (before) {
    query.where((below) =>
      below
        .where('audit_events.create_time', '<', before.createTime)
        .orWhere((same) =>
          same
            .where('audit_events.create_time', before.createTime)
            .where('audit_events.id', '<', sqlValue(before.id)),
        ),
    );
  }
  const rows: AuditRow[] = await query;
  return rows.map(toEvent);
}

/**
 * Erases what could tell who a removed user or master is: the addresses of events that it acted in or that were done to it, and those of
 * failed logins with its e-mail. The events stay.
 */
export async function eraseAuditDetails(
  tx: Tx,
  whose:
    | { readonly userId: bigint }
    | { readonly masterId: bigint }
    | { readonly emailHash: Buffer },
): Promise<void> {
  if ('emailHash' in whose) {
    await tx('audit_details').where('email_hash', whose.emailHash).delete();
    return;
  }
  const column = 'userId' in whose ? 'user_id' : 'master_id';
  const id = 'userId' in whose ? whose.userId : whose.masterId;
  await tx('audit_details').where(column, sqlValue(id)).delete();
}

function toEvent(row: AuditRow): AuditEvent {
  return {
    id: row.id,
    createTime: Number(row.create_time),
    kind: row.kind,
    outcome: row.outcome,
    reason: row.reason === '' ? null : row.reason,
    actor: row.actor,
    actorUserId: row.actor_user_id,
    actorKeyId: row.actor_key_id,
    sessionId: row.session_id,
    clientTokenId: row.client_token_id,
    masterId: row.master_id,
    userId: row.user_id,
    subjectId: row.subject_id,
    method: row.method,
    source: row.source === '' ? null : row.source,
    emailHash: row.email_hash,
  };
}
