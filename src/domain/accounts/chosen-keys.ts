import { sha256 } from '../../lib/hash.js';
import { DomainError, invalidField } from '../../model/errors.js';
import type { MasterKey } from '../../model/master.js';
import type { NewKey } from './new-key.js';

/**
 * The hash of an acquire key that its master chose. Two masters may choose the same: neither is to notice.
 */
export function chosenKeyHash(masterId: bigint, secret: string): Buffer {
  return sha256(`chosen acquire key of ${masterId} ${secret}`);
}

/** An acquire key as its master chose it. */
export function makeChosenKey(
  key: Pick<MasterKey, 'id' | 'masterId'>,
  secret: string,
  createTime: number,
): NewKey {
  const times = { createTime, updateTime: createTime, revokeTime: null };
  return {
    secret,
    key: { ...key, kind: 'ACQUIRE', label: 'chosen', ...times },
    keyHash: chosenKeyHash(key.masterId, secret),
  };
}

/** Whether a master may choose this key. @throws LEGACY_DISABLED, VALIDATION_FAILED */
export function checkChosenKey(
  secret: string,
  { chosenAcquireKeys }: { readonly chosenAcquireKeys: boolean },
): void {
  if (!chosenAcquireKeys) {
    throw legacyDisabled('Masters may not choose their keys: use the one that the server made.');
  }
  if (!/^[\x21-\x7e]{8,256}$/.test(secret)) {
    const rule = 'A key has 8 to 256 printable ASCII characters and no spaces.';
    throw invalidField('VALIDATION_FAILED', 'key', rule);
  }
}

/** A habit of the predecessor's clients that the settings of this server do not allow. */
export function legacyDisabled(message: string): DomainError {
  return new DomainError('LEGACY_DISABLED', message);
}
