import type { LedgerAccount, Unit } from '../../model/ledger.js';
import { poolFloor } from '../../model/master.js';
import { allSystemAccounts } from '../../model/system-accounts.js';
import { type AccountRead, findAccountsById } from '../../storage/ledger-verify-accounts.js';
import {
  type ClockOwner,
  type ClockRead,
  findClockOwners,
  listClocksById,
} from '../../storage/ledger-verify-clocks.js';
import {
  findMasterOwners,
  findMasters,
  findOwnersWithoutAccount,
  findWalletOwners,
  listMastersById,
  listWalletsById,
  type MasterOwner,
  type MasterRead,
  type WalletOwner,
  type WalletRead,
} from '../../storage/ledger-verify-owners.js';
import type { Report, VerifyRun } from './verify-run.js';

const systemAccounts = new Map(allSystemAccounts().map((account) => [account.id, account]));

/** Checks that each account belongs to the wallet, the clock, the master or the system that its kind says. */
export async function verifyOwnersOf(
  run: VerifyRun,
  accounts: readonly AccountRead[],
): Promise<void> {
  const ids = (kind: LedgerAccount['kind']) =>
    accounts.filter((account) => account.kind === kind).map(({ id }) => id);
  const wallets = await findWalletOwners(run.db.knex, ids('WALLET'));
  const clocks = await findClockOwners(run.db.knex, ids('CLOCK'));
  const masterIds = new Set(accounts.flatMap(({ masterId }) => masterId ?? []));
  const masters = await findMasterOwners(run.db.knex, [...masterIds]);
  for (const account of accounts) {
    const master = account.masterId === null ? undefined : masters.get(account.masterId);
    const owner = wallets.get(account.id) ?? clocks.get(account.id);
    checkOwner(account, owner, master, run.report);
  }
}

/**
 * Checks that each owner with an id above `after` (null: all) has the accounts that it names, and that each master's terms are those of
 * its pool. The system's accounts are always looked for.
 */
export async function verifyOwners(run: VerifyRun, after: bigint | null): Promise<void> {
  const system = await findAccountsById(run.db.knex, [...systemAccounts.keys()]);
  for (const { id, kind } of systemAccounts.values()) {
    if (!system.has(id)) reportMissing(run.report, id, `The system's ${kind}`);
  }
  await eachPage(run, after, listWalletsById, (wallets) => {
    for (const wallet of wallets) checkWallet(wallet, run.report);
  });
  await eachPage(run, after, listClocksById, (clocks) => {
    for (const clock of clocks) checkClock(clock, run.report);
  });
  await eachPage(run, after, listMastersById, async (masters) => {
    const unclaimed = masters.flatMap((master) => [
      master.unclaimedCreditId,
      master.unclaimedTimeId,
    ]);
    const found = await findAccountsById(run.db.knex, unclaimed);
    for (const master of masters) checkTerms(master, run.report);
    for (const id of unclaimed) {
      if (!found.has(id)) reportMissing(run.report, id, 'A master');
    }
  });
}

/**
 * Looks for wallets and clocks up to an id that lack their account. Ids are not in the order of commits, so one of them may be newer than
 * the checkpoints, and where nothing has happened on the account nothing else tells of it.
 */
export async function verifyAccountsOfOwners(run: VerifyRun, upTo: bigint): Promise<void> {
  const names = { wallets: 'Wallet', clocks: 'Clock' } as const;
  for (const table of ['wallets', 'clocks'] as const) {
    const query = { upTo, limit: run.pageSize };
    for (const id of await findOwnersWithoutAccount(run.db.knex, table, query)) {
      reportMissing(run.report, id, `${names[table]} ${id}`);
    }
    await run.afterPage();
  }
}

function checkWallet(wallet: WalletRead, report: Report): void {
  const { id, hasAccount, masterId, userMasterId, isUnlinked, isClosed } = wallet;
  if (!hasAccount) reportMissing(report, id, `Wallet ${id}`);
  else if (isUnlinked !== isClosed && (isUnlinked || !wallet.isUserRemoved)) {
    const text = isUnlinked ? 'is unlinked, its account not closed' : 'has a closed account';
    report('UNLINK_DIFFERS', { account: id }, `Wallet ${id} ${text}.`);
  }
  if (userMasterId !== null && userMasterId !== masterId) {
    const text = `Wallet ${id} is of master ${masterId}, its user of ${userMasterId}.`;
    report('OWNER_DIFFERS', { account: id }, text);
  }
}

function checkClock(clock: ClockRead, report: Report): void {
  const { id, userId, masterId, walletId, userMasterId, walletUserId } = clock;
  if (!clock.hasAccount) reportMissing(report, id, `Clock ${id}`);
  if (userMasterId !== null && userMasterId !== masterId) {
    const text = `Clock ${id} is of master ${masterId}, its user of ${userMasterId}.`;
    report('OWNER_DIFFERS', { account: id }, text);
  }
  if (walletUserId !== userId) {
    const text = `Clock ${id} is of user ${userId}, its wallet ${walletId} of ${walletUserId}.`;
    report('OWNER_DIFFERS', { account: id }, text);
  }
}

function checkOwner(
  account: AccountRead,
  owner: WalletOwner | ClockOwner | undefined,
  master: MasterOwner | undefined,
  report: Report,
): void {
  const { id, kind, unit, masterId } = account;
  const expected = expectedOf(account, owner, master);
  if (!expected) {
    report(
      'OWNER_MISSING',
      { account: id },
      `A ${kind} of ${unit} and master ${masterId} has no owner.`,
    );
  } else if (expected.unit !== unit || expected.masterId !== masterId) {
    const text = `${unit} and master ${masterId} where ${expected.unit} and ${expected.masterId} belong.`;
    report('OWNER_DIFFERS', { account: id }, text);
  }
}

/** What the owner of an account of this kind and id makes of it; undefined when there is no such owner. */
function expectedOf(
  { id, kind }: LedgerAccount,
  owner: WalletOwner | ClockOwner | undefined,
  master: MasterOwner | undefined,
): { unit: Unit; masterId: bigint | null } | undefined {
  if (kind === 'WALLET') return owner && { unit: 'CREDIT', masterId: owner.masterId };
  if (kind === 'CLOCK') return owner && { unit: 'MILLISECOND', masterId: owner.masterId };
  if (kind === 'POOL') {
    return master?.poolId === id ? { unit: 'CREDIT', masterId: master.id } : undefined;
  }
  if (kind === 'UNCLAIMED') {
    if (master?.unclaimedCreditId === id) return { unit: 'CREDIT', masterId: master.id };
    const isTime = master?.unclaimedTimeId === id;
    return isTime ? { unit: 'MILLISECOND', masterId: master.id } : undefined;
  }
  const system = systemAccounts.get(id);
  return system?.kind === kind ? { unit: system.unit, masterId: null } : undefined;
}

function checkTerms(master: MasterRead, report: Report): void {
  const { id, poolId, funding, creditLimit } = master;
  if (master.poolFloor === undefined) {
    reportMissing(report, poolId, `The pool of master ${id}`);
    return;
  }
  const floor = poolFloor({ funding, creditLimit, selfSupply: false });
  if (master.poolFloor !== floor) {
    const text = `The pool of master ${id} has the floor ${master.poolFloor}; its terms say ${floor}.`;
    report('TERMS_DIFFER', { account: poolId }, text);
  }
}

function reportMissing(report: Report, account: bigint, whose: string): void {
  report('ACCOUNT_MISSING', { account }, `${whose} has no ledger account ${account}.`);
}

/** Checks that the terms of the masters whose pools are among the accounts are those of their pools. */
export async function verifyTermsOf(
  run: VerifyRun,
  accounts: readonly AccountRead[],
): Promise<void> {
  const pools = accounts.filter(({ kind }) => kind === 'POOL');
  const masters = await findMasters(
    run.db.knex,
    pools.flatMap(({ masterId }) => masterId ?? []),
  );
  for (const master of masters) checkTerms(master, run.report);
}

async function eachPage<T extends { readonly id: bigint }>(
  run: VerifyRun,
  start: bigint | null,
  load: (reader: VerifyRun['db']['knex'], after: bigint | null, limit: number) => Promise<T[]>,
  check: (page: readonly T[]) => void | Promise<void>,
): Promise<void> {
  let after = start;
  for (;;) {
    const page: T[] = await load(run.db.knex, after, run.pageSize);
    await check(page);
    await run.afterPage();
    if (page.length < run.pageSize) return;
    after = page.at(-1)?.id ?? null;
  }
}
