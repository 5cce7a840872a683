import { DomainError } from '../../model/errors.js';

/** There are as many as there may be. */
export function contactLimitReached(what: 'contact lists' | 'contacts', limit: number) {
  const whose = what === 'contacts' ? 'A list' : 'A user';
  return new DomainError('CONTACT_LIMIT_REACHED', `${whose} may have ${limit} ${what} at most.`, {
    metadata: { limit: String(limit) },
  });
}
