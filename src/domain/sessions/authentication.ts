import { createBatcher } from '../../lib/batcher.js';
import { sha256Hex } from '../../lib/hash.js';
import type { Time } from '../../lib/time.js';
import { anonymousCaller, type Caller } from '../../model/caller.js';
import type { CallerKind, Credentials } from '../../model/credentials.js';
import { DomainError } from '../../model/errors.js';
import { parseId } from '../../model/public-id.js';
import {
  type ClientProof,
  listBackendProofs,
  listClientProofs,
  listSessionProofs,
  listUserStandings,
} from '../../storage/credentials.js';
import type { Database } from '../../storage/database.js';
import type { KeyThrottle } from '../throttle/key-throttle.js';
import { clientTokenInvalid, masterKeyRefused, sessionTokenInvalid } from './refusals.js';

/** Proves credentials. */
export type Authentication = {
  /**
   * The caller that the credentials prove, with the standing of master and user as it is now. Looks up only what
   * the accepted kinds of caller need: nothing for ANYONE; for CLIENT alone, a session token sent along is neither
   * needed nor checked. With a backend key nothing else is looked at. Parts that were not sent are not missed here.
   *
   * @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID, MASTER_KEY_REFUSED
   * @throws RATE_LIMITED after too many wrong backend keys from this source; a right one always passes.
   * @throws ACCOUNT_NOT_FOUND when the backend acts for a user that is not its master's.
   * @throws CREDENTIALS_MISSING when a user is acted for without a backend key.
   */
  authenticate(credentials: Credentials, accepted: ReadonlySet<CallerKind>): Promise<Caller>;
};

/** Calls answered by one look-up at most. */
const MAX_BATCH = 500;

/**
 * Creates the authentication. Concurrent calls share look-ups, one SQL statement each; nothing is kept between them, so
 * what one call changes counts for every call that begins after it.
 */
export function createAuthentication({
  db,
  time,
  keyThrottle,
}: {
  readonly db: Database;
  readonly time: Time;
  readonly keyThrottle: KeyThrottle;
}): Authentication {
  const clients = createBatcher({
    load: (hashes: string[]) => listClientProofs(db, hashes),
    maxBatch: MAX_BATCH,
  });
  const sessions = createBatcher({
    load: (hashes: string[]) => listSessionProofs(db, hashes),
    maxBatch: MAX_BATCH,
  });
  const backends = createBatcher({
    load: (hashes: string[]) => listBackendProofs(db, hashes),
    maxBatch: MAX_BATCH,
  });
  const users = createBatcher({
    load: (ids: bigint[]) => listUserStandings(db, ids),
    maxBatch: MAX_BATCH,
  });

  async function proveClient(clientId: string): Promise<ClientProof> {
    const proof = await clients.get(hashOf(clientId));
    if (!proof || proof.clientToken.expireTime <= time.now()) throw clientTokenInvalid();
    return proof;
  }

  async function proveSession(
    clientId: string,
    bearer: string,
    accepted: ReadonlySet<CallerKind>,
  ): Promise<Partial<Caller>> {
    const proof = await sessions.get(hashOf(bearer));
    if (!proof || proof.clientTokenHash !== hashOf(clientId)) {
      // Which of the two is to blame? The client token is, when it does not work by itself.
      await proveClient(clientId);
      throw sessionTokenInvalid();
    }
    const { clientToken, session, master, user } = proof;
    if (clientToken.expireTime <= time.now()) throw clientTokenInvalid();
    if (session.expireTime <= time.now()) throw sessionTokenInvalid();
    // Who acts as the logged-in master acts neither for the acquired one nor as a user.
    if (isForMasters(accepted)) {
      return { clientToken, session, master: proof.loggedInMaster, user: null };
    }
    return { clientToken, session, master, user };
  }

  async function proveBackend(
    key: string,
    onBehalfOf: string | null,
    source: string,
  ): Promise<Partial<Caller>> {
    const userId = onBehalfOf === null ? null : (parseId('account', onBehalfOf) ?? 0n);
    const [proof, user] = await Promise.all([
      backends.get(hashOf(key)),
      userId === null ? null : users.get(userId),
    ]);
    if (!proof)
      throw await keyThrottle.refused(anonymousCaller(source), 'backend', masterKeyRefused());
    const { keyId, master } = proof;
    // Unknown, and another master's: one answer for both.
    if (user !== null && user?.masterId !== master.id) throw accountNotFound(onBehalfOf ?? '');
    return { backendKeyId: keyId, master, user };
  }

  function prove(
    { backendKey, onBehalfOf, clientId, bearer, source }: Credentials,
    accepted: ReadonlySet<CallerKind>,
  ): Partial<Caller> | Promise<Partial<Caller>> {
    if (backendKey !== null) return proveBackend(backendKey, onBehalfOf, source);
    if (onBehalfOf !== null) throw backendKeyMissing();
    if (clientId === null) return {};
    return bearer === null || isForClientsOnly(accepted)
      ? proveClient(clientId)
      : proveSession(clientId, bearer, accepted);
  }

  return {
    async authenticate(credentials, accepted) {
      const caller = anonymousCaller(credentials.source);
      if (accepted.has('ANYONE')) return caller;
      return { ...caller, ...(await prove(credentials, accepted)) };
    },
  };
}

function isForClientsOnly(accepted: ReadonlySet<CallerKind>): boolean {
  return accepted.has('CLIENT') && accepted.size === 1;
}

/** Whether it is as a master that a session may call. */
function isForMasters(accepted: ReadonlySet<CallerKind>): boolean {
  const others: readonly CallerKind[] = ['USER', 'ACQUIRED', 'SESSION'];
  return accepted.has('MASTER') && !others.some((kind) => accepted.has(kind));
}

function hashOf(secret: string): string {
  return sha256Hex(secret);
}

function backendKeyMissing(): DomainError {
  return new DomainError('CREDENTIALS_MISSING', 'Only a backend key may act for a user.', {
    metadata: { scheme: 'backend' },
  });
}

function accountNotFound(accountId: string): DomainError {
  return new DomainError('ACCOUNT_NOT_FOUND', 'The master has no such account.', {
    metadata: { account_id: accountId.slice(0, 64) },
    resource: { type: 'account', name: accountId.slice(0, 64) },
  });
}
