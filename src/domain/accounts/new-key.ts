import { sha256 } from '../../lib/hash.js';
import { randomToken } from '../../lib/random.js';
import type { MasterKey } from '../../model/master.js';

/** A new key with its secret, which is shown once and stored as a hash. */
export type NewKey = { readonly secret: string; readonly key: MasterKey; readonly keyHash: Buffer };

/** Makes a key of 256 random bits. */
export function makeKey(
  key: Pick<MasterKey, 'id' | 'masterId' | 'kind' | 'label'>,
  createTime: number,
): NewKey {
  const secret = randomToken();
  return {
    secret,
    key: { ...key, createTime, updateTime: createTime, revokeTime: null },
    keyHash: sha256(secret),
  };
}
