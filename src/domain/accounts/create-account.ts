import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import type { User } from '../../model/account.js';
import { type MasterCaller, masterStandingError } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Profile } from '../../model/master.js';
import { formatId } from '../../model/public-id.js';
import { insertContactList } from '../../storage/contact-lists.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { claimSubordinate, findMaster } from '../../storage/masters.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import { insertUser } from '../../storage/users.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { newContactList } from '../contacts/contact-lists.js';
import { notFound } from '../not-found.js';
import { openWallet, WALLET_IDS } from '../wallets/open-wallet.js';
import { uniqueKeys } from './normalise.js';
import { checkPasswordPolicy } from './password-policy.js';
import { refuseTaken } from './taken.js';

/** What a new user tells. */
export type CreateAccountInput = Profile & { readonly password: string };

/** What the making of accounts stands on. */
export type CreateAccountDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly audit: Audit;
  readonly settings: { readonly clockMsPerCredit: number };
};

const takenKeys = {
  users_master_id_name_key_unique: { field: 'name', reason: 'ACCOUNT_NAME_TAKEN' },
  users_master_id_email_key_unique: { field: 'email', reason: 'ACCOUNT_EMAIL_TAKEN' },
} as const;

/**
 * Makes a user of the caller's master, with a wallet, a clock, the two sheets of each, and a contact list, all active.
 *
 * @throws PASSWORD_TOO_WEAK, VALIDATION_FAILED, ACCOUNT_NAME_TAKEN, ACCOUNT_EMAIL_TAKEN, SUBORDINATE_POOL_FULL,
 *   MASTER_FROZEN, MASTER_PENDING_REMOVAL, OVERLOADED
 */
export async function createAccount(
  { db, time, ids, passwords, audit, settings }: CreateAccountDeps,
  caller: MasterCaller,
  input: CreateAccountInput,
): Promise<User> {
  const keys = uniqueKeys(input);
  checkPasswordPolicy(input.password);
  const passwordHash = await passwords.hash(input.password);
  const [id = 0n, ...walletIds] = await ids.take(1 + WALLET_IDS);
  const contactListId = await ids.next();
  const now = time.now();
  const user: User = {
    id,
    masterId: caller.master.id,
    name: input.name,
    email: input.email,
    phone: input.phone,
    alias: input.alias,
    activeWalletId: walletIds[0] ?? null,
    activeContactListId: contactListId,
    unlinkTime: null,
    createTime: now,
    updateTime: now,
  };
  const event = await audit.prepare(caller, { kind: 'ACCOUNT_CREATED', userId: id });
  await refuseTaken(takenKeys, () =>
    withTransaction(db, async (tx) => {
      const claim = { masterId: user.masterId, updateTime: now };
      if (!(await claimSubordinate(tx, claim))) throw await claimRefused(tx, user.masterId);
      await insertUser(tx, user, { ...keys, passwordHash });
      const { clockMsPerCredit: msPerCredit } = settings;
      await openWallet(tx, { ids: walletIds, user, reference: '', msPerCredit, createTime: now });
      await insertContactList(tx, newContactList(contactListId, id, now));
      await recordAudit(tx, event);
    }),
  );
  return user;
}

/** Why the master could not take one more: its row is read again, the caller's picture may be older. */
async function claimRefused(tx: Tx, masterId: bigint): Promise<DomainError> {
  const master = await findMaster(tx, masterId);
  if (!master) return notFound('master', masterId);
  const limit = { master_id: formatId('master', masterId), limit: String(master.subordinateLimit) };
  return (
    masterStandingError(master) ??
    new DomainError('SUBORDINATE_POOL_FULL', 'The master has as many accounts as it may have.', {
      metadata: limit,
    })
  );
}
