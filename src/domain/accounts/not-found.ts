import { DomainError } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';

/** No such account for this caller: missing and foreign answer alike. */
export function accountNotFound(id: bigint): DomainError {
  const name = formatId('account', id);
  return new DomainError('ACCOUNT_NOT_FOUND', 'There is no such account for this caller.', {
    metadata: { account_id: name },
    resource: { type: 'account', name },
  });
}

/** No such master for this caller. */
export function masterNotFound(id: bigint): DomainError {
  const name = formatId('master', id);
  return new DomainError('MASTER_NOT_FOUND', 'There is no such master for this caller.', {
    metadata: { master_id: name },
    resource: { type: 'master', name },
  });
}

/** No such key for this caller: missing and foreign answer alike. */
export function masterKeyNotFound(id: bigint): DomainError {
  const name = formatId('masterKey', id);
  return new DomainError('MASTER_KEY_NOT_FOUND', 'There is no such key for this caller.', {
    metadata: { master_key_id: name },
    resource: { type: 'master_key', name },
  });
}
