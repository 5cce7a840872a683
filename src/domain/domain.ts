import type { Logger } from '../lib/logger.js';
import type { Time } from '../lib/time.js';
import type { Caller } from '../model/caller.js';
import type { CallerKind, Credentials } from '../model/credentials.js';
import type { Database } from '../storage/database.js';
import type { Ids } from '../storage/ids.js';

/** What of the configuration the domain goes by. */
export type DomainSettings = {
  /** How long tokens are valid, and by how much a keep-alive extends them. */
  readonly clientTokenMs: number;
  readonly sessionTokenMs: number;
  /** How many users a new master may have. */
  readonly defaultSubordinateLimit: number;
  /** Terms of a new master: how far its pool may go below zero; 0 for prepay. */
  readonly newMasterCreditLimit: bigint;
  readonly newMasterSelfSupply: boolean;
  /** A further acquire key that every new master gets, for trying things out; null for none. */
  readonly defaultAcquireKey: string | null;
  /** Cost of a password hash (argon2id). */
  readonly passwordMemoryKib: number;
  readonly passwordIterations: number;
  /** Operations per ledger transaction, and waiting for one, at most. */
  readonly ledgerBatchSize: number;
  readonly ledgerQueueSize: number;
};

/** What the domain stands on. */
export type DomainDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Number of this running server. */
  readonly instanceNumber: bigint;
  readonly settings: DomainSettings;
};

/** Proves credentials. */
export type Authentication = {
  /**
   * The caller that the credentials prove, with the standing of master and user as it is now. Looks up only what
   * the accepted kinds of caller need: for CLIENT alone, a session token sent along is neither needed nor
   * checked. With a backend key nothing else is looked at.
   *
   * @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID, MASTER_KEY_REFUSED, ACCOUNT_NOT_FOUND (on behalf of)
   */
  authenticate(credentials: Credentials, accepted: ReadonlySet<CallerKind>): Promise<Caller>;
};

/** The use cases of the service, by area. */
export type Domain = {
  readonly authentication: Authentication;
};

/** Wires the domain. */
export function createDomain(_deps: DomainDeps): Domain {
  return {
    authentication: {
      authenticate: () => Promise.reject(new Error('Not written yet.')),
    },
  };
}
