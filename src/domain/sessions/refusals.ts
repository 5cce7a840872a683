import { DomainError } from '../../model/errors.js';

/** The client token is unknown or its time is over. */
export function clientTokenInvalid(): DomainError {
  return new DomainError(
    'CLIENT_TOKEN_INVALID',
    'The client token is unknown or expired; request a new one.',
  );
}

/** The session token is unknown, over, replaced, or another client token's. */
export function sessionTokenInvalid(): DomainError {
  return new DomainError(
    'SESSION_TOKEN_INVALID',
    'The session token is unknown, expired, replaced or not linked to the client token; request a new one.',
  );
}

/** The backend key is unknown or was revoked, maybe while the call that it was sent with was under way. */
export function masterKeyRefused(): DomainError {
  return new DomainError('MASTER_KEY_REFUSED', 'The backend key is wrong or revoked.');
}
