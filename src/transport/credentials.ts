import type { Metadata } from 'nice-grpc';
import type { Credentials } from '../model/credentials.js';
import { DomainError } from '../model/errors.js';

/** Names of the metadata that credentials travel in. */
export const credentialKeys = {
  clientId: 'ewallet-client-id',
  authorization: 'authorization',
  backendKey: 'ewallet-backend-key',
  onBehalfOf: 'ewallet-on-behalf-of',
  registrationKey: 'ewallet-registration-key',
} as const;

/**
 * Reads the credentials of a call. Nothing is proved by it.
 *
 * @throws CREDENTIALS_MISSING when `authorization` holds something else than a bearer token.
 */
export function readCredentials(metadata: Metadata, source: string): Credentials {
  return {
    clientId: readText(metadata, credentialKeys.clientId),
    bearer: readBearer(metadata),
    backendKey: readText(metadata, credentialKeys.backendKey),
    onBehalfOf: readText(metadata, credentialKeys.onBehalfOf),
    registrationKey: readText(metadata, credentialKeys.registrationKey),
    source,
  };
}

function readText(metadata: Metadata, key: string): string | null {
  const value = metadata.get(key);
  return typeof value === 'string' && value !== '' ? value : null;
}

function readBearer(metadata: Metadata): string | null {
  const value = readText(metadata, credentialKeys.authorization);
  if (value === null) return null;
  const token = /^Bearer +(\S+)$/i.exec(value)?.[1];
  if (token === undefined) {
    throw new DomainError('CREDENTIALS_MISSING', 'Write it as authorization: Bearer <token>.', {
      metadata: { scheme: 'bearer' },
    });
  }
  return token;
}
