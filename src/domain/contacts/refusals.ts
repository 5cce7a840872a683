import { DomainError } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';

/** No such contact list for this caller: missing and foreign answer alike. Null when no list is active. */
export function contactListNotFound(id: bigint | null): DomainError {
  if (id === null) return new DomainError('CONTACT_LIST_NOT_FOUND', 'No contact list is active.');
  const name = formatId('contactList', id);
  return new DomainError(
    'CONTACT_LIST_NOT_FOUND',
    'There is no such contact list for this caller.',
    {
      metadata: { contact_list_id: name },
      resource: { type: 'contact_list', name },
    },
  );
}

/** No such contact for this caller: missing and foreign answer alike. */
export function contactRecordNotFound(id: bigint): DomainError {
  const name = formatId('contactRecord', id);
  return new DomainError('CONTACT_RECORD_NOT_FOUND', 'There is no such contact for this caller.', {
    metadata: { contact_record_id: name },
    resource: { type: 'contact_record', name },
  });
}

/** There are as many as there may be. */
export function contactLimitReached(what: 'contact lists' | 'contacts', limit: number) {
  const whose = what === 'contacts' ? 'A list' : 'A user';
  return new DomainError('CONTACT_LIMIT_REACHED', `${whose} may have ${limit} ${what} at most.`, {
    metadata: { limit: String(limit) },
  });
}
