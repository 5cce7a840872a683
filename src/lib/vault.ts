import { createCipheriv, createDecipheriv } from 'node:crypto';
import { randomSecret } from './random.js';

/** A key of 32 bytes, and the id by which what it encrypted names it. */
export type VaultKey = { readonly id: string; readonly key: Buffer };

/** Something encrypted: nonce, text and tag in one, and the id of the key. */
export type Sealed = { readonly keyId: string; readonly bytes: Buffer };

/** Encrypts what must not be readable where it is stored. */
export type Vault = {
  /** Encrypts with the first key. `context` says whose it is: opening takes the same. */
  seal(plain: Buffer, context: string): Sealed;
  /** Decrypts. @throws Error when the key is not there, or the bytes were changed or belong to another context. */
  open(sealed: Sealed, context: string): Buffer;
  /** Whether another key than the first encrypted it: time to seal it anew. */
  isOld(sealed: Pick<Sealed, 'keyId'>): boolean;
};

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Creates a vault: AES-256-GCM with a random nonce. @throws Error without a key */
export function createVault(keys: readonly VaultKey[]): Vault {
  const [newest] = keys;
  if (!newest) throw new Error('There is no key to encrypt secrets with.');
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  return {
    seal(plain, context) {
      const nonce = randomSecret(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, newest.key, nonce).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return { keyId: newest.id, bytes: Buffer.concat([nonce, text, cipher.getAuthTag()]) };
    },
    open({ keyId, bytes }, context) {
      const key = byId.get(keyId);
      if (!key) throw new Error(`There is no key ${keyId} to decrypt a secret with.`);
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]);
    },
    isOld: ({ keyId }) => keyId !== newest.id,
  };
}
