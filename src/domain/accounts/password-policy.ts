import { invalidField } from '../../model/errors.js';

const MIN_LENGTH = 8;
const MAX_LENGTH = 256;

/**
 * The policy: 8 to 256 characters with a letter, a digit and another character. `field` is the request's name of the password.
 *
 * @throws PASSWORD_TOO_WEAK
 */
export function checkPasswordPolicy(password: string, field = 'password'): void {
  const { length } = [...password];
  const strong =
    length >= MIN_LENGTH &&
    length <= MAX_LENGTH &&
    /\p{L}/u.test(password) &&
    /\p{Nd}/u.test(password) &&
    /[^\p{L}\p{Nd}]/u.test(password);
  if (strong) return;
  throw invalidField(
    'PASSWORD_TOO_WEAK',
    field,
    'A password has 8 to 256 characters: a letter, a digit and another character at least.',
  );
}
