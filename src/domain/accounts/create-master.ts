import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import type { Caller } from '../../model/caller.js';
import {
  type Master,
  type MasterKey,
  type MasterTerms,
  type Profile,
  poolFloor,
} from '../../model/master.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { insertLedgerAccounts, type NewLedgerAccount } from '../../storage/ledger-accounts.js';
import { insertMasterKeys } from '../../storage/master-keys.js';
import { insertMaster } from '../../storage/masters.js';
import { withTransaction } from '../../storage/transaction.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import type { DomainSettings } from '../settings.js';
import { checkChosenKey, makeChosenKey } from './chosen-keys.js';
import { makeKey } from './new-key.js';
import { uniqueKeys } from './normalise.js';
import { checkPasswordPolicy } from './password-policy.js';
import { refuseTaken } from './taken.js';

/** What a new master tells about itself. */
export type CreateMasterInput = Profile & {
  readonly password: string;
  readonly company: string;
  readonly address: string;
  /** The acquire key that the master chose, where the settings let it. */
  readonly chosenKey?: string;
};

/** A new master and its first keys, with their secrets: shown once. */
export type CreatedMaster = {
  readonly master: Master;
  readonly acquireKey: { readonly secret: string; readonly key: MasterKey };
  readonly backendKey: { readonly secret: string; readonly key: MasterKey };
};

/** What the making of masters stands on. */
export type CreateMasterDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly audit: Audit;
  readonly settings: Pick<
    DomainSettings,
    'chosenAcquireKeys' | 'defaultSubordinateLimit' | 'newMasterCreditLimit' | 'newMasterSelfSupply'
  >;
};

const takenKeys = {
  masters_name_key_unique: { field: 'name', reason: 'MASTER_NAME_TAKEN' },
  masters_email_key_unique: { field: 'email', reason: 'MASTER_EMAIL_TAKEN' },
} as const;

/**
 * Makes a master with the terms of the settings, its pool, the accounts for what nobody claims, and one key of each
 * kind.
 *
 * @throws PASSWORD_TOO_WEAK, VALIDATION_FAILED, MASTER_NAME_TAKEN, MASTER_EMAIL_TAKEN, LEGACY_DISABLED, OVERLOADED
 */
export async function createMaster(
  deps: CreateMasterDeps,
  caller: Caller,
  input: CreateMasterInput,
): Promise<CreatedMaster> {
  const { db, time, ids, passwords, audit, settings } = deps;
  const keys = uniqueKeys(input);
  checkPasswordPolicy(input.password);
  const { chosenKey } = input;
  if (chosenKey !== undefined) checkChosenKey(chosenKey, settings);
  const passwordHash = await passwords.hash(input.password);
  const [
    id,
    poolAccountId,
    unclaimedCreditAccountId,
    unclaimedTimeAccountId,
    acquireId,
    backendId,
  ] = (await ids.take(6)) as [bigint, bigint, bigint, bigint, bigint, bigint];
  const now = time.now();
  const master = newMaster(input, { id, poolAccountId, terms: newTerms(settings) }, settings, now);
  const acquireKey =
    chosenKey === undefined
      ? makeKey({ id: acquireId, masterId: id, kind: 'ACQUIRE', label: '' }, now)
      : makeChosenKey({ id: acquireId, masterId: id }, chosenKey, now);
  const backendKey = makeKey({ id: backendId, masterId: id, kind: 'BACKEND', label: '' }, now);
  const own = { masterId: id, floor: 0n };
  const accounts: NewLedgerAccount[] = [
    { ...own, id: poolAccountId, kind: 'POOL', unit: 'CREDIT', floor: poolFloor(master.terms) },
    { ...own, id: unclaimedCreditAccountId, kind: 'UNCLAIMED', unit: 'CREDIT' },
    { ...own, id: unclaimedTimeAccountId, kind: 'UNCLAIMED', unit: 'MILLISECOND' },
  ];
  const event = await audit.prepare(caller, { kind: 'MASTER_CREATED', masterId: id, userId: null });
  await refuseTaken(takenKeys, () =>
    withTransaction(db, async (tx) => {
      const secrets = { ...keys, passwordHash, unclaimedCreditAccountId, unclaimedTimeAccountId };
      await insertMaster(tx, { ...master, ...secrets });
      await insertMasterKeys(
        tx,
        [acquireKey, backendKey].map(({ key, keyHash }) => ({ ...key, keyHash })),
      );
      await insertLedgerAccounts(tx, accounts, now);
      await recordAudit(tx, event);
    }),
  );
  return { master, acquireKey, backendKey };
}

function newTerms(settings: CreateMasterDeps['settings']): MasterTerms {
  const creditLimit = settings.newMasterCreditLimit;
  return {
    funding: creditLimit > 0n ? 'CREDIT' : 'PREPAY',
    creditLimit,
    selfSupply: settings.newMasterSelfSupply,
  };
}

function newMaster(
  input: CreateMasterInput,
  parts: Pick<Master, 'id' | 'poolAccountId' | 'terms'>,
  settings: CreateMasterDeps['settings'],
  now: number,
): Master {
  const { name, email, phone, alias, company, address } = input;
  return {
    ...parts,
    name,
    email,
    phone,
    alias,
    company,
    address,
    subordinateLimit: settings.defaultSubordinateLimit,
    subordinateCount: 0,
    poolCredits: 0n,
    frozenTime: null,
    unlinkTime: null,
    createTime: now,
    updateTime: now,
  };
}
