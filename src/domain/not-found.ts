import { DomainError } from '../model/errors.js';
import { formatId, type IdKind } from '../model/public-id.js';
import type { Reason } from '../model/reasons.js';

/** The reason for each kind of thing that may be missing. What the API calls the thing is the reason without its end. */
const reasons = {
  account: 'ACCOUNT_NOT_FOUND',
  clientToken: 'CLIENT_TOKEN_NOT_FOUND',
  clock: 'CLOCK_NOT_FOUND',
  contactList: 'CONTACT_LIST_NOT_FOUND',
  contactRecord: 'CONTACT_RECORD_NOT_FOUND',
  conversionRecord: 'CONVERSION_RECORD_NOT_FOUND',
  conversionSheet: 'CONVERSION_SHEET_NOT_FOUND',
  invoiceRecord: 'INVOICE_RECORD_NOT_FOUND',
  invoiceSheet: 'INVOICE_SHEET_NOT_FOUND',
  issueReport: 'ISSUE_REPORT_NOT_FOUND',
  master: 'MASTER_NOT_FOUND',
  masterKey: 'MASTER_KEY_NOT_FOUND',
  session: 'SESSION_NOT_FOUND',
  sessionToken: 'SESSION_TOKEN_NOT_FOUND',
  timeRecord: 'TIME_RECORD_NOT_FOUND',
  timeSheet: 'TIME_SHEET_NOT_FOUND',
  transferRecord: 'TRANSFER_RECORD_NOT_FOUND',
  transferSheet: 'TRANSFER_SHEET_NOT_FOUND',
  wallet: 'WALLET_NOT_FOUND',
  worker: 'WORKER_NOT_FOUND',
} as const satisfies Partial<Record<IdKind, Reason>>;

/** A kind of thing that may be missing. */
export type MissableKind = keyof typeof reasons;

/**
 * A thing that is missing, removed, or not the caller's: one answer for all. `id` is null where the active one was meant and there is
 * none. The text does not repeat the id, which may be whatever was sent; the details do.
 */
export function notFound(kind: MissableKind, id: bigint | null): DomainError {
  const reason = reasons[kind];
  const type = reason.slice(0, -'_NOT_FOUND'.length).toLowerCase();
  return missing(reason, type, id === null ? null : formatId(kind, id));
}

/** As {@link notFound}, for what has a name of another sort than a public id, or none that may be told. */
export function missing(reason: Reason, type: string, name: string | null): DomainError {
  const text = `There is no such ${type.replaceAll('_', ' ')} for this caller.`;
  if (name === null) return new DomainError(reason, text);
  return new DomainError(reason, text, {
    metadata: { [`${type}_id`]: name },
    resource: { type, name },
  });
}
