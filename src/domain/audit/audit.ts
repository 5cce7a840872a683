import { hmac } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import type { AuditActor, AuditEvent, AuditKind } from '../../model/audit.js';
import type { Caller } from '../../model/caller.js';
import type { Reason } from '../../model/reasons.js';
import { insertAuditEvent } from '../../storage/audit-events.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';

/** An act to be recorded. What is left out comes from the caller, or is nothing. */
export type AuditAct = {
  readonly kind: AuditKind;
  /** Why it was refused. Without it, it was done. */
  readonly refusal?: Reason;
  /** Whom it was done to: the caller's own master and user unless named. */
  readonly masterId?: bigint | null;
  readonly userId?: bigint | null;
  /** The thing that it was done to, such as a key. */
  readonly subjectId?: bigint;
  /** `Service/Method`, for calls of the operator. */
  readonly method?: string;
  /** Normalised e-mail that was given: only its keyed hash is kept. */
  readonly emailKey?: Buffer;
};

/** Records what was done that matters to security. */
export type Audit = {
  /**
   * Makes the event of an act, with an id of its own: call it before the transaction of the act begins, and {@link recordAudit} in it.
   * A transaction that runs again records the same event. `caller` null is the service itself.
   */
  prepare(caller: Caller | null, act: AuditAct): Promise<AuditEvent>;
  /** Records an act that has no transaction, such as a refusal, in one of its own. */
  record(caller: Caller | null, act: AuditAct): Promise<void>;
  /** The keyed hash under which the trail keeps a normalised e-mail: for {@link eraseAuditDetails}. */
  hashEmail(emailKey: Buffer): Buffer;
};

/** What the trail stands on. */
export type AuditDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly settings: { readonly auditKey: string };
};

/** Records an event in the transaction of the act. */
export function recordAudit(tx: Tx, event: AuditEvent): Promise<void> {
  return insertAuditEvent(tx, event);
}

/** Creates the trail. */
export function createAudit({ db, time, ids, settings }: AuditDeps): Audit {
  const hashEmail = (emailKey: Buffer) => hmac(settings.auditKey, emailKey);

  async function prepare(caller: Caller | null, act: AuditAct): Promise<AuditEvent> {
    return {
      id: await ids.next(),
      createTime: time.now(),
      kind: act.kind,
      outcome: act.refusal ? 'REFUSED' : 'DONE',
      reason: act.refusal ?? null,
      ...whoActs(caller),
      masterId: act.masterId === undefined ? (caller?.master?.id ?? null) : act.masterId,
      userId: act.userId === undefined ? (caller?.user?.id ?? null) : act.userId,
      subjectId: act.subjectId ?? null,
      method: act.method ?? '',
      source: caller?.source ?? null,
      emailHash: act.emailKey ? hashEmail(act.emailKey) : null,
    };
  }

  return {
    prepare,
    hashEmail,
    async record(caller, act) {
      const event = await prepare(caller, act);
      await withTransaction(db, (tx) => insertAuditEvent(tx, event));
    },
  };
}

function whoActs(caller: Caller | null) {
  return {
    actor: actorOf(caller),
    actorUserId: caller?.user?.id ?? null,
    actorKeyId: caller?.backendKeyId ?? null,
    sessionId: caller?.session?.id ?? null,
    clientTokenId: caller?.clientToken?.id ?? null,
  };
}

function actorOf(caller: Caller | null): AuditActor {
  if (!caller) return 'SYSTEM';
  if (caller.operator) return 'OPERATOR';
  if (caller.backendKeyId !== null) return 'BACKEND';
  if (caller.user) return 'USER';
  if (caller.session?.activeMasterId) return 'MASTER';
  return caller.clientToken ? 'CLIENT' : 'ANYONE';
}
