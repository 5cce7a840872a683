import { DomainError } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';
import type { Reason } from '../../model/reasons.js';

/** A NOT_FOUND for a resource that is missing or not the caller's: one answer for both. */
export function notFound(reason: Reason, type: string, name: string): DomainError {
  const metadata = name ? { [`${type}_id`]: name } : {};
  const text = `There is no such ${type.replaceAll('_', ' ')}${name ? ` ${name}` : ''} for this caller.`;
  return new DomainError(reason, text, {
    metadata,
    ...(name ? { resource: { type, name } } : {}),
  });
}

/** As {@link notFound}, for a wallet; null for the active one. */
export function walletNotFound(id: bigint | null): DomainError {
  return notFound('WALLET_NOT_FOUND', 'wallet', id === null ? '' : formatId('wallet', id));
}
