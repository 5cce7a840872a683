import {
  AuditActor as WireActor,
  type AuditEvent as WireEvent,
  AuditKind as WireKind,
  AuditOutcome as WireOutcome,
} from '../../../generated/ewallet/system/v1/system_service.js';
import {
  type AuditActor,
  type AuditEvent,
  type AuditKind,
  type AuditOutcome,
  auditKinds,
} from '../../model/audit.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import { toTimestamp } from '../convert.js';

const actors: Record<AuditActor, WireActor> = {
  ANYONE: WireActor.AUDIT_ACTOR_ANYONE,
  CLIENT: WireActor.AUDIT_ACTOR_CLIENT,
  USER: WireActor.AUDIT_ACTOR_USER,
  MASTER: WireActor.AUDIT_ACTOR_MASTER,
  BACKEND: WireActor.AUDIT_ACTOR_BACKEND,
  OPERATOR: WireActor.AUDIT_ACTOR_OPERATOR,
  SYSTEM: WireActor.AUDIT_ACTOR_SYSTEM,
};

const outcomes: Record<AuditOutcome, WireOutcome> = {
  DONE: WireOutcome.AUDIT_OUTCOME_DONE,
  REFUSED: WireOutcome.AUDIT_OUTCOME_REFUSED,
};

/** An event for the wire. */
export function toAuditEvent(event: AuditEvent): WireEvent {
  return {
    auditEventId: formatId('auditEvent', event.id),
    createTime: toTimestamp(event.createTime),
    kind: WireKind[`AUDIT_KIND_${event.kind}`],
    outcome: outcomes[event.outcome],
    reason: event.reason ?? '',
    actor: actors[event.actor],
    actorAccountId: formatOptionalId('account', event.actorUserId),
    actorMasterKeyId: formatOptionalId('masterKey', event.actorKeyId),
    sessionId: formatOptionalId('session', event.sessionId),
    clientTokenId: formatOptionalId('clientToken', event.clientTokenId),
    masterId: formatOptionalId('master', event.masterId),
    accountId: formatOptionalId('account', event.userId),
    masterKeyId: formatOptionalId('masterKey', event.subjectId),
    method: event.method,
    source: event.source ?? '',
    emailHash: event.emailHash?.toString('hex') ?? '',
  };
}

/** The kind that a request names; null for none. Its rules let no other value pass. */
export function fromAuditKind(kind: WireKind): AuditKind | null {
  return auditKinds.find((name) => WireKind[`AUDIT_KIND_${name}`] === kind) ?? null;
}
