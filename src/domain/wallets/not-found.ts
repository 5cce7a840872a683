import { DomainError } from '../../model/errors.js';

/** A NOT_FOUND for a resource that is missing or not the caller's: one answer for both. */
export function notFound(
  reason:
    | 'INVOICE_RECORD_NOT_FOUND'
    | 'INVOICE_SHEET_NOT_FOUND'
    | 'OPERATION_NOT_FOUND'
    | 'PAYEE_NOT_FOUND'
    | 'TRANSFER_RECORD_NOT_FOUND'
    | 'TRANSFER_SHEET_NOT_FOUND'
    | 'WALLET_NOT_FOUND',
  type: string,
  name: string,
): DomainError {
  const metadata = name ? { [`${type}_id`]: name } : {};
  const text = `There is no such ${type.replaceAll('_', ' ')}${name ? ` ${name}` : ''} for this caller.`;
  return new DomainError(reason, text, {
    metadata,
    ...(name ? { resource: { type, name } } : {}),
  });
}
