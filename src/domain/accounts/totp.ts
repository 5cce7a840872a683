import { describeSecret, newOneTimeSecret } from '../../lib/one-time-codes.js';
import type { Passwords } from '../../lib/passwords.js';
import { randomSecret } from '../../lib/random.js';
import { asUser, type Caller, type UserCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import {
  deleteTotp,
  findTotp,
  replacePendingTotp,
  replaceRecoveryCodes,
} from '../../storage/totp.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { findUser, findUserLogin } from '../../storage/users.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import { loginFailed } from './login-failed.js';
import { normaliseKey } from './normalise.js';
import {
  acceptStep,
  checkSecondFactor,
  hashRecoveryCode,
  type SecondFactorDeps,
  stepOf,
  totpContext,
} from './second-factor.js';

/** A new secret for an authenticator: shown once. */
export type TotpEnrolment = { readonly secret: string; readonly uri: string };

/** One-time passwords of users. */
export type Totp = {
  /**
   * Makes a secret, in place of one that waits for its first code. Logging in takes codes only once one was confirmed.
   *
   * @throws NOT_LOGGED_IN, TOTP_ALREADY_CONFIRMED, LOGIN_THROTTLED
   * @throws LOGIN_FAILED for a wrong password: else whoever finds an open session could lock its user out.
   */
  enroll(caller: Caller, input: { readonly password: string }): Promise<TotpEnrolment>;
  /**
   * Confirms the secret by its first code. From now on logging in takes one. Gives the recovery codes, shown once.
   *
   * @throws NOT_LOGGED_IN, TOTP_NOT_ENROLLED, TOTP_ALREADY_CONFIRMED, LOGIN_FAILED for a wrong code, LOGIN_THROTTLED
   */
  confirm(caller: Caller, input: { readonly oneTimeCode: string }): Promise<string[]>;
  /**
   * Removes the one-time passwords and the recovery codes. Takes a code, or a recovery code, unless they were never confirmed, or the
   * master's backend removes them for a user that lost its authenticator.
   *
   * @throws NOT_LOGGED_IN, TOTP_NOT_ENROLLED, LOGIN_FAILED for a wrong code, LOGIN_THROTTLED
   */
  remove(caller: Caller, input: { readonly oneTimeCode: string }): Promise<void>;
};

/** What they stand on. */
export type TotpDeps = SecondFactorDeps & {
  readonly passwords: Passwords;
  readonly loginThrottle: LoginThrottle;
  readonly audit: Audit;
};

const ISSUER = 'EWallet';
const RECOVERY_CODES = 10;
/** 80 bits, as sixteen letters and digits. */
const RECOVERY_CODE_BYTES = 10;

/** Creates the use cases. */
export function createTotp(deps: TotpDeps): Totp {
  const { db, time, vault, audit } = deps;

  async function pendingSecret(userId: bigint) {
    const totp = await read(db, (reader) => findTotp(reader, userId));
    if (!totp) throw notEnrolled();
    if (totp.confirmTime !== null) throw alreadyConfirmed();
    return totp;
  }

  return {
    async enroll(caller, { password }) {
      const { user, email } = await proveUser(deps, caller, (login, succeeded) =>
        provePassword(deps, caller, { ...login, password }, succeeded),
      );
      const secret = newOneTimeSecret();
      const { keyId, bytes } = vault.seal(secret, totpContext(user.id));
      const row = { userId: user.id, keyId, secret: bytes, createTime: time.now() };
      const event = await audit.prepare(caller, { kind: 'TOTP_ENROLLED' });
      await withTransaction(db, async (tx) => {
        if (!(await replacePendingTotp(tx, row))) throw alreadyConfirmed();
        await recordAudit(tx, event);
      });
      const { base32, uri } = describeSecret(secret, { issuer: ISSUER, label: email });
      return { secret: base32, uri };
    },
    async confirm(caller, { oneTimeCode }) {
      const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
      await proveUser(deps, caller, async ({ id: userId }, succeeded) => {
        const totp = await pendingSecret(userId);
        const now = time.now();
        const step = stepOf(vault, totp, oneTimeCode, now);
        if (step === undefined) throw await loginRefused(deps, caller, 'TOTP_CONFIRMED');
        const codeHashes = codes.map((code) => hashRecoveryCode(userId, code));
        const event = await audit.prepare(caller, { kind: 'TOTP_CONFIRMED' });
        await withTransaction(db, async (tx) => {
          if (!(await acceptStep(tx, vault, totp, step, now))) throw loginFailed();
          await replaceRecoveryCodes(tx, { userId, codeHashes, createTime: now });
          await succeeded(tx);
          await recordAudit(tx, event);
        });
      });
      return codes;
    },
    async remove(caller, { oneTimeCode }) {
      const event = await audit.prepare(caller, { kind: 'TOTP_REMOVED' });
      const removeAll = async (tx: Tx, userId: bigint) => {
        if (!(await deleteTotp(tx, userId))) throw notEnrolled();
        await recordAudit(tx, event);
      };
      if (caller.backendKeyId !== null) {
        await withTransaction(db, (tx) => removeAll(tx, asUser(caller).user.id));
        return;
      }
      await proveUser(deps, caller, async ({ id: userId }, succeeded) => {
        const factor = await checkSecondFactor(deps, userId, oneTimeCode);
        if (!factor.right) throw await loginRefused(deps, caller, 'TOTP_REMOVED');
        await withTransaction(db, async (tx) => {
          if (!(await factor.use(tx))) throw loginFailed();
          await succeeded(tx);
          await removeAll(tx, userId);
        });
      });
    },
  };
}

/** Lets the caller prove once more that it is the user: throttled as logins to the account are. */
async function proveUser(
  { db, loginThrottle }: TotpDeps,
  caller: Caller,
  prove: (
    login: { readonly id: bigint; readonly passwordHash: string },
    succeeded: (tx: Tx) => Promise<void>,
  ) => Promise<unknown>,
): Promise<{ user: UserCaller['user']; email: string }> {
  const { user, master } = asUser(caller);
  const found = await read(db, (reader) => findUser(reader, { id: user.id, masterId: master.id }));
  if (!found) throw notFound('account', user.id);
  const emailKey = normaliseKey(found.email);
  const login = await read(db, (reader) =>
    findUserLogin(reader, { masterId: master.id, emailKey }),
  );
  if (login?.id !== user.id) throw notFound('account', user.id);
  await loginThrottle.guard(caller, { realm: master.id, emailKey }, (succeeded) =>
    prove(login, succeeded),
  );
  return { user, email: found.email };
}

async function provePassword(
  deps: TotpDeps,
  caller: Caller,
  proof: { readonly passwordHash: string; readonly password: string },
  succeeded: (tx: Tx) => Promise<void>,
): Promise<void> {
  if (!(await deps.passwords.verify(proof.passwordHash, proof.password))) {
    throw await loginRefused(deps, caller, 'TOTP_ENROLLED');
  }
  await withTransaction(deps.db, succeeded);
}

async function loginRefused(
  { audit }: TotpDeps,
  caller: Caller,
  kind: 'TOTP_ENROLLED' | 'TOTP_CONFIRMED' | 'TOTP_REMOVED',
): Promise<DomainError> {
  await audit.record(caller, { kind, refusal: 'LOGIN_FAILED' });
  return loginFailed();
}

/** Sixteen letters and digits in groups of four; no two of them look alike. */
function newRecoveryCode(): string {
  const symbols = '0123456789abcdefghjkmnpqrstvwxyz';
  let bits = BigInt(`0x${randomSecret(RECOVERY_CODE_BYTES).toString('hex')}`);
  let code = '';
  for (let index = 0; index < 16; index += 1) {
    code += (index > 0 && index % 4 === 0 ? '-' : '') + symbols[Number(bits & 31n)];
    bits >>= 5n;
  }
  return code;
}

function notEnrolled(): DomainError {
  return new DomainError('TOTP_NOT_ENROLLED', 'The account has no one-time passwords.');
}

function alreadyConfirmed(): DomainError {
  return new DomainError(
    'TOTP_ALREADY_CONFIRMED',
    'The account has one-time passwords; remove them first.',
  );
}
