import type { Time } from '../../lib/time.js';
import { asMaster, type Caller } from '../../model/caller.js';
import type { MasterKey, MasterKeyKind } from '../../model/master.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import {
  insertMasterKeys,
  listMasterKeys,
  lockMasterKey,
  revokeMasterKey,
} from '../../storage/master-keys.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { formatPageToken, pageLimit, parsePageToken } from '../pages.js';
import { makeKey } from './new-key.js';
import { masterKeyNotFound } from './not-found.js';

/** The keys of the calling master. */
export type MasterKeys = {
  /** Makes a key. The secret is shown once. @throws MASTER_NOT_ACQUIRED */
  createKey(
    caller: Caller,
    input: { readonly kind: MasterKeyKind; readonly label: string },
  ): Promise<{ secret: string; key: MasterKey }>;
  /** Lists the keys, newest first, the revoked ones too. @throws MASTER_NOT_ACQUIRED, PAGE_TOKEN_MISMATCH */
  listKeys(
    caller: Caller,
    input: { readonly pageSize: number; readonly pageToken: string },
  ): Promise<{ keys: MasterKey[]; nextPageToken: string }>;
  /** Revokes a key at once; a revoked one stays as it is. @throws MASTER_NOT_ACQUIRED, MASTER_KEY_NOT_FOUND */
  revokeKey(caller: Caller, input: { readonly masterKeyId: bigint }): Promise<MasterKey>;
};

/** What the use cases stand on. */
export type MasterKeyDeps = { readonly db: Database; readonly time: Time; readonly ids: Ids };

/** Creates the use cases of a master's keys. */
export function createMasterKeys({ db, time, ids }: MasterKeyDeps): MasterKeys {
  return {
    async createKey(caller, { kind, label }) {
      const masterId = asMaster(caller).master.id;
      const id = await ids.next();
      const { secret, key, keyHash } = makeKey({ id, masterId, kind, label }, time.now());
      await withTransaction(db, (tx) => insertMasterKeys(tx, [{ ...key, keyHash }]));
      return { secret, key };
    },
    async listKeys(caller, { pageSize, pageToken }) {
      const masterId = asMaster(caller).master.id;
      const list = `master-keys/${masterId}`;
      const limit = pageLimit(pageSize);
      const [createTime, id] = parsePageToken(list, pageToken);
      const after = createTime === undefined || id === undefined ? undefined : { createTime, id };
      const keys = await read(db, (reader) =>
        listMasterKeys(reader, { masterId, limit: limit + 1, after }),
      );
      const page = keys.slice(0, limit);
      const last = keys.length > limit ? page.at(-1) : undefined;
      const nextPageToken = last ? formatPageToken(list, [BigInt(last.createTime), last.id]) : '';
      return { keys: page, nextPageToken };
    },
    async revokeKey(caller, { masterKeyId }) {
      const masterId = asMaster(caller).master.id;
      return withTransaction(db, async (tx) => {
        const key = await lockMasterKey(tx, { id: masterKeyId, masterId });
        if (!key) throw masterKeyNotFound(masterKeyId);
        if (key.revokeTime !== null) return key;
        const now = time.now();
        await revokeMasterKey(tx, key.id, now);
        return { ...key, revokeTime: now, updateTime: now };
      });
    },
  };
}
