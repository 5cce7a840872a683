import type { Reason } from './reasons.js';

/** The acts that the audit trail records. The proto enum `AuditKind` has the same names. */
export const auditKinds = [
  'LOGIN',
  'LOGOUT',
  'MASTER_LOGIN',
  'MASTER_LOGOUT',
  'LOGIN_THROTTLED',
  'MASTER_CREATED',
  'MASTER_EDITED',
  'MASTER_ACQUIRED',
  'MASTER_RELEASED',
  'MASTER_FROZEN',
  'MASTER_UNFROZEN',
  'MASTER_FUNDED',
  'MASTER_TERMS_SET',
  'POOL_INCREASED',
  'POOL_DECREASED',
  'MASTER_UNLINKED',
  'MASTER_RECOVERED',
  'MASTER_REMOVED',
  'KEY_CREATED',
  'KEY_REVOKED',
  'KEY_REFUSED',
  'KEYS_THROTTLED',
  'ACCOUNT_CREATED',
  'ACCOUNT_EDITED',
  'ACCOUNT_UNLINKED',
  'ACCOUNT_RECOVERED',
  'ACCOUNT_REMOVED',
  'PASSWORD_CHANGED',
  'PASSWORD_RESET',
  'TOTP_ENROLLED',
  'TOTP_CONFIRMED',
  'TOTP_REMOVED',
  'RECOVERY_CODE_USED',
  'OPERATOR_CALL',
] as const;

/** What kind of act an event records. */
export type AuditKind = (typeof auditKinds)[number];

/** DONE, or REFUSED: then the event has the reason. */
export type AuditOutcome = 'DONE' | 'REFUSED';

/** As what somebody acted. SYSTEM is the service itself, as its cleaners. */
export type AuditActor =
  | 'ANYONE'
  | 'CLIENT'
  | 'USER'
  | 'MASTER'
  | 'BACKEND'
  | 'OPERATOR'
  | 'SYSTEM';

/** One act. People are named by id only; `source` and `emailHash` can be erased and are null then. Times are Unix ms. */
export type AuditEvent = {
  readonly id: bigint;
  readonly createTime: number;
  readonly kind: AuditKind;
  readonly outcome: AuditOutcome;
  /** Why it was refused; null when it was done. */
  readonly reason: Reason | null;
  readonly actor: AuditActor;
  /** The user that acted, or that a backend acted for. */
  readonly actorUserId: bigint | null;
  /** The backend key that acted. */
  readonly actorKeyId: bigint | null;
  readonly sessionId: bigint | null;
  readonly clientTokenId: bigint | null;
  /** The master and the user that it was done to. */
  readonly masterId: bigint | null;
  readonly userId: bigint | null;
  /** The thing that it was done to when that is neither, such as a key. */
  readonly subjectId: bigint | null;
  /** `Service/Method` of the operator's call; empty otherwise. */
  readonly method: string;
  /** Network address that it came from; null for the service itself. */
  readonly source: string | null;
  /** Keyed hash of the e-mail that was given. */
  readonly emailHash: Buffer | null;
};
