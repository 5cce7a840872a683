import { hasHash, sha256 } from '../../lib/hash.js';
import { asMaster, asSession, type Caller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Master } from '../../model/master.js';
import { updateClientToken } from '../../storage/client-tokens.js';
import { findMasterIdByAcquireKey, isAcquireKey } from '../../storage/master-keys.js';
import { findMaster, findMasterId } from '../../storage/masters.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import { lockOpenSession, logOutEverybody } from '../sessions/open-session.js';
import { changeStanding, type SessionTimes } from '../sessions/standing.js';
import type { DomainSettings } from '../settings.js';
import type { KeyThrottle } from '../throttle/key-throttle.js';
import { chosenKeyHash } from './chosen-keys.js';
import {
  type CreatedMaster,
  type CreateMasterDeps,
  type CreateMasterInput,
  createMaster,
} from './create-master.js';
import { recordLogoutOfAll, takeLogoutIds } from './login-history.js';
import { normaliseKey } from './normalise.js';

/** A master and the client token through which it is, or was, acquired. */
export type Acquisition = { readonly masterId: bigint; readonly clientTokenId: bigint };

/** Masters, and their acquisition by client programs. */
export type Masters = {
  /**
   * Makes a master. That the caller may is decided before: it needs the registration key.
   *
   * @throws PASSWORD_TOO_WEAK, VALIDATION_FAILED, MASTER_NAME_TAKEN, MASTER_EMAIL_TAKEN, OVERLOADED
   */
  createMaster(caller: Caller, input: CreateMasterInput): Promise<CreatedMaster>;
  /**
   * Acquires a master for the caller's client program. Another master that it had is replaced, and everybody on the
   * session is logged out; acquiring the same one again changes nothing.
   *
   * @throws RATE_LIMITED after too many wrong keys.
   * @throws MASTER_KEY_REFUSED for a wrong or revoked key, a backend key and an unknown master alike.
   * @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
   */
  acquireMaster(
    caller: Caller,
    input: { readonly email: string; readonly acquireKey: string },
  ): Promise<Acquisition>;
  /**
   * Releases the acquired master and logs everybody out.
   *
   * @throws MASTER_NOT_ACQUIRED, MASTER_KEY_REFUSED, RATE_LIMITED, CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID
   */
  releaseMaster(caller: Caller, input: { readonly acquireKey: string }): Promise<Acquisition>;
  /** Shows the calling master. @throws MASTER_NOT_ACQUIRED, MASTER_NOT_FOUND */
  getMaster(caller: Caller): Promise<Master>;
};

/** What the use cases stand on. */
export type MasterDeps = CreateMasterDeps & {
  readonly keyThrottle: KeyThrottle;
  readonly settings: Pick<DomainSettings, 'defaultAcquireKey'> & SessionTimes;
};

/** Creates the use cases of masters. */
export function createMasters(deps: MasterDeps): Masters {
  const { db, keyThrottle } = deps;
  const defaultKey = deps.settings.defaultAcquireKey;
  const defaultKeyHash = defaultKey === null ? null : sha256(defaultKey);

  /** The master of this e-mail, if it chose this key: one that people choose, as the default key. @throws RATE_LIMITED */
  async function findByChosenKey(
    caller: Caller,
    emailKey: Buffer,
    key: string,
  ): Promise<bigint | undefined> {
    if (!deps.settings.chosenAcquireKeys) return undefined;
    const masterId = await read(db, (reader) => findMasterId(reader, emailKey));
    const fits = masterId !== undefined && (await isChosenKey(caller, masterId, key));
    return fits ? masterId : undefined;
  }

  async function isChosenKey(caller: Caller, masterId: bigint, key: string): Promise<boolean> {
    if (!deps.settings.chosenAcquireKeys) return false;
    const keyHash = chosenKeyHash(masterId, key);
    const fits = await read(db, (reader) => isAcquireKey(reader, { masterId, keyHash }));
    if (fits) await keyThrottle.admit(caller, 'acquire');
    return fits;
  }

  /** The default key is one that people choose: it must not be told by trying on. @throws RATE_LIMITED */
  async function isDefaultKey(caller: Caller, key: string): Promise<boolean> {
    if (defaultKeyHash === null || !hasHash(key, defaultKeyHash)) return false;
    await keyThrottle.admit(caller, 'acquire');
    return true;
  }

  return {
    createMaster: (caller, input) => createMaster(deps, caller, input),
    async acquireMaster(caller, { email, acquireKey }) {
      const emailKey = normaliseKey(email);
      const isDefault = await isDefaultKey(caller, acquireKey);
      const madeByServer = await read(db, (reader) =>
        isDefault
          ? findMasterId(reader, emailKey)
          : findMasterIdByAcquireKey(reader, { emailKey, keyHash: sha256(acquireKey) }),
      );
      const masterId = madeByServer ?? (await findByChosenKey(caller, emailKey, acquireKey));
      if (masterId === undefined) {
        throw await keyThrottle.refused(caller, 'acquire', acquireKeyRefused());
      }
      return setAcquiredMaster(deps, caller, masterId);
    },
    async releaseMaster(caller, { acquireKey }) {
      const masterId = asMaster(caller).master.id;
      const keyHash = sha256(acquireKey);
      const fits =
        (await isDefaultKey(caller, acquireKey)) ||
        (await read(db, (reader) => isAcquireKey(reader, { masterId, keyHash }))) ||
        (await isChosenKey(caller, masterId, acquireKey));
      if (!fits) throw await keyThrottle.refused(caller, 'acquire', acquireKeyRefused());
      const { clientTokenId } = await setAcquiredMaster(deps, caller, null);
      return { masterId, clientTokenId };
    },
    async getMaster(caller) {
      const { id } = asMaster(caller).master;
      const master = await read(db, (reader) => findMaster(reader, id));
      if (!master) throw notFound('master', id);
      return master;
    },
  };
}

/** Changes the master of the caller's client token. Nobody stays logged in under another master. */
async function setAcquiredMaster<M extends bigint | null>(
  { db, time, ids, audit, settings }: MasterDeps,
  caller: Caller,
  masterId: M,
): Promise<{ masterId: M; clientTokenId: bigint }> {
  const sessionCaller = asSession(caller);
  const event = await audit.prepare(caller, {
    kind: masterId === null ? 'MASTER_RELEASED' : 'MASTER_ACQUIRED',
    // Who was active is logged out by it, but it was done to the master.
    userId: null,
    ...(masterId === null ? {} : { masterId }),
  });
  const logoutIds = await takeLogoutIds(ids);
  return withTransaction(db, async (tx) => {
    const { clientToken, session } = await lockOpenSession(tx, sessionCaller);
    if (clientToken.acquiredMasterId !== masterId) {
      const now = time.now();
      const by = { ids: logoutIds, source: caller.source, createTime: now };
      await recordLogoutOfAll(tx, session, by);
      await updateClientToken(tx, clientToken.id, { acquiredMasterId: masterId, updateTime: now });
      await logOutEverybody(tx, session.id, now);
      await changeStanding(tx, session, { anonymous: masterId === null, now, times: settings });
      await recordAudit(tx, event);
    }
    return { masterId, clientTokenId: clientToken.id };
  });
}

function acquireKeyRefused(): DomainError {
  return new DomainError(
    'MASTER_KEY_REFUSED',
    'The e-mail and this key name no master together: use an acquire key that is not revoked.',
  );
}
