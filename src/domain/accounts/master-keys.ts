import type { Time } from '../../lib/time.js';
import { asMaster, type Caller } from '../../model/caller.js';
import type { MasterKey, MasterKeyKind } from '../../model/master.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import {
  insertMasterKeys,
  listMasterKeys,
  lockMasterKey,
  restoreMasterKey,
  revokeAcquireKeys,
  revokeMasterKey,
} from '../../storage/master-keys.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import { checkChosenKey, makeChosenKey } from './chosen-keys.js';
import { makeKey } from './new-key.js';

/** A place in a list of keys: the sort key of one of them. */
export type MasterKeyPosition = { readonly createTime: number; readonly id: bigint };

/** Which page of the keys, newest first. */
export type MasterKeyPage = {
  readonly size: number;
  /** The position that the page before ended with; null for the first page. */
  readonly before: MasterKeyPosition | null;
};

/** A page of keys; `next` is null at the end. */
export type MasterKeyRows = {
  readonly keys: readonly MasterKey[];
  readonly next: MasterKeyPosition | null;
};

/** The keys of the calling master. */
export type MasterKeys = {
  /** Makes a key. The secret is shown once. @throws MASTER_NOT_ACQUIRED */
  createKey(
    caller: Caller,
    input: { readonly kind: MasterKeyKind; readonly label: string },
  ): Promise<{ secret: string; key: MasterKey }>;
  /** Replaces all acquire keys by one that the master chose. @throws MASTER_NOT_ACQUIRED, LEGACY_DISABLED, VALIDATION_FAILED */
  chooseKey(caller: Caller, secret: string): Promise<void>;
  /** Lists the keys, newest first, the revoked ones too. @throws MASTER_NOT_ACQUIRED */
  listKeys(caller: Caller, page: MasterKeyPage): Promise<MasterKeyRows>;
  /** Revokes a key at once; a revoked one stays as it is. @throws MASTER_NOT_ACQUIRED, MASTER_KEY_NOT_FOUND */
  revokeKey(caller: Caller, input: { readonly masterKeyId: bigint }): Promise<MasterKey>;
};

/** What the use cases stand on. */
export type MasterKeyDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly audit: Audit;
  readonly settings: { readonly chosenAcquireKeys: boolean };
};

/** Creates the use cases of a master's keys. */
export function createMasterKeys({ db, time, ids, audit, settings }: MasterKeyDeps): MasterKeys {
  return {
    async createKey(caller, { kind, label }) {
      const masterId = asMaster(caller).master.id;
      const id = await ids.next();
      const { secret, key, keyHash } = makeKey({ id, masterId, kind, label }, time.now());
      const event = await audit.prepare(caller, { kind: 'KEY_CREATED', subjectId: id });
      await withTransaction(db, async (tx) => {
        await insertMasterKeys(tx, [{ ...key, keyHash }]);
        await recordAudit(tx, event);
      });
      return { secret, key };
    },
    async chooseKey(caller, secret) {
      checkChosenKey(secret, settings);
      const masterId = asMaster(caller).master.id;
      const id = await ids.next();
      const { key, keyHash } = makeChosenKey({ id, masterId }, secret, time.now());
      const event = await audit.prepare(caller, { kind: 'KEY_CREATED', subjectId: id });
      await withTransaction(db, async (tx) => {
        await revokeAcquireKeys(tx, masterId, key.createTime);
        const before = await restoreMasterKey(tx, keyHash, key.createTime);
        if (!before) await insertMasterKeys(tx, [{ ...key, keyHash }]);
        await recordAudit(tx, event);
      });
    },
    async listKeys(caller, { size, before }) {
      const masterId = asMaster(caller).master.id;
      const rows = await read(db, (reader) =>
        listMasterKeys(reader, { masterId, before, limit: size + 1 }),
      );
      const keys = rows.slice(0, size);
      const last = rows.length > size ? keys.at(-1) : undefined;
      return { keys, next: last ? { createTime: last.createTime, id: last.id } : null };
    },
    async revokeKey(caller, { masterKeyId }) {
      const masterId = asMaster(caller).master.id;
      const event = await audit.prepare(caller, { kind: 'KEY_REVOKED', subjectId: masterKeyId });
      return withTransaction(db, async (tx) => {
        const key = await lockMasterKey(tx, { id: masterKeyId, masterId });
        if (!key) throw notFound('masterKey', masterKeyId);
        if (key.revokeTime !== null) return key;
        const now = time.now();
        await revokeMasterKey(tx, key.id, now);
        await recordAudit(tx, event);
        return { ...key, revokeTime: now, updateTime: now };
      });
    },
  };
}
