import { type Account, AccountState } from '../../../generated/ewallet/v1/account_service.js';
import type { ListPage, ListRows } from '../../domain/list-page.js';
import { anonymousCaller, type UserCaller } from '../../model/caller.js';
import { formatId, parseId } from '../../model/public-id.js';
import type { InstructionCall } from './instruction.js';
import { fieldsOf, mapOf } from './reply-shape.js';
import { findOwnSession } from './session-facts.js';
import { dateText, numberOf, present, textOrNull } from './values.js';

/** An account as the predecessor shows it. */
export const accountShape = fieldsOf({
  id: 'int',
  name: 'string',
  create_date: 'string',
  write_date: 'string',
  ewallet: 'int',
  contact_list: 'int',
  email: 'string',
  phone: 'string',
  alias: 'string',
  state: 'int',
  ewallet_archive: mapOf('string'),
  contact_list_archive: mapOf('string'),
  to_unlink: 'bool',
  to_unlink_timestamp: 'string',
  subordonate_of: 'int',
});

/** Entries that a map in a reply has at most: the newest. */
const MAX_ENTRIES = 1_000;
const PAGE = 500;

/** The newest of a list, as far as a reply takes them. */
export async function newest<T>(
  list: (page: ListPage) => Promise<ListRows<T>>,
): Promise<readonly T[]> {
  const rows: T[] = [];
  let before: ListPage['before'] = null;
  do {
    const page: ListRows<T> = await list({ size: PAGE, before });
    rows.push(...page.rows);
    before = page.next;
  } while (before !== null && rows.length < MAX_ENTRIES);
  return rows.slice(0, MAX_ENTRIES);
}

/** As {@link newest}, of a list of the API. */
export async function newestOf<R extends { readonly nextPageToken: string }, T>(
  list: (page: { pageSize: number; pageToken: string }) => Promise<R>,
  rowsOf: (reply: R) => readonly T[],
): Promise<readonly T[]> {
  const rows: T[] = [];
  let pageToken = '';
  do {
    const reply = await list({ pageSize: PAGE, pageToken });
    rows.push(...rowsOf(reply));
    pageToken = reply.nextPageToken;
  } while (pageToken !== '' && rows.length < MAX_ENTRIES);
  return rows.slice(0, MAX_ENTRIES);
}

/** The data of an account that the API has shown to the caller. */
export async function accountData({ domain }: InstructionCall, account: Account) {
  const owner = ownerOf(account);
  const { id } = owner.user;
  const wallets = await newest((page) => domain.walletUpkeep.list(owner, page));
  const lists = await newest((page) => domain.contacts.lists.list(owner, page));
  return {
    id,
    name: account.name,
    create_date: dateText(account.createTime),
    write_date: dateText(account.updateTime),
    ewallet: numberOf('wallet', account.activeWalletId),
    contact_list: numberOf('contactList', account.activeContactListId),
    email: account.email,
    phone: textOrNull(account.phone),
    alias: textOrNull(account.alias),
    state: (await domain.accountFacts.isLoggedIn(id)) ? 1 : 0,
    ewallet_archive: new Map(wallets.map((wallet) => [wallet.id, wallet.reference])),
    contact_list_archive: new Map(lists.map((list) => [list.id, list.reference])),
    to_unlink: account.state === AccountState.ACCOUNT_STATE_PENDING_REMOVAL,
    to_unlink_timestamp: dateText(account.unlinkTime),
    subordonate_of: owner.master.id,
  };
}

/** Its user, to read what belongs to it. */
function ownerOf(account: Account): UserCaller {
  const masterId = parseId('master', account.masterId) ?? 0n;
  const activeWalletId = parseId('wallet', account.activeWalletId) ?? null;
  const id = parseId('account', account.accountId) ?? 0n;
  return {
    ...anonymousCaller(''),
    user: { id, masterId, unlinkTime: null, activeWalletId },
    master: {
      id: masterId,
      frozenTime: null,
      unlinkTime: null,
      poolAccountId: 0n,
      selfSupply: false,
    },
  };
}

/** The accounts that are logged in on the session of a call that has an active user. */
export async function usersLoggedIn(call: InstructionCall): Promise<readonly Account[]> {
  const { userIds = [] } = (await findOwnSession(call)) ?? {};
  const { accounts } = call.services;
  const ids = userIds.length === 0 ? [''] : userIds.map((id) => formatId('account', id));
  return Promise.all(
    ids.map(async (accountId) => present((await accounts.getAccount({ accountId })).account)),
  );
}

/** Session data with the active user, if there is one, and all who are logged in. */
export async function userSessionData(call: InstructionCall) {
  const { session } = (await findOwnSession(call)) ?? {};
  if (session?.activeUserId == null) {
    return {
      session_user_account: null,
      session_credit_ewallet: null,
      session_contact_list: null,
      session_account_archive: new Map<string, string>(),
    };
  }
  const accounts = await usersLoggedIn(call);
  const activeId = formatId('account', session.activeUserId);
  const active = accounts.find(({ accountId }) => accountId === activeId);
  return {
    session_user_account: active?.email ?? null,
    session_credit_ewallet: numberOf('wallet', active?.activeWalletId ?? ''),
    session_contact_list: numberOf('contactList', active?.activeContactListId ?? ''),
    session_account_archive: new Map(accounts.map(({ email, name }) => [email, name])),
  };
}
