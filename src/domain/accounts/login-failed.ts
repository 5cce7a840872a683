import { DomainError } from '../../model/errors.js';

/** One answer for an unknown e-mail, a wrong password, and a wrong or missing one-time code. */
export function loginFailed(): DomainError {
  return new DomainError('LOGIN_FAILED', 'The e-mail, the password or the one-time code is wrong.');
}
