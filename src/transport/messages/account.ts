import {
  type Account as AccountMessage,
  AccountState as AccountStateMessage,
} from '../../../generated/ewallet/v1/account_service.js';
import type { Account } from '../../model/account.js';
import type { AccountState } from '../../model/master.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import { toOptionalTimestamp, toTimestamp } from '../convert.js';

const states: Record<AccountState, AccountStateMessage> = {
  ACTIVE: AccountStateMessage.ACCOUNT_STATE_ACTIVE,
  FROZEN: AccountStateMessage.ACCOUNT_STATE_FROZEN,
  PENDING_REMOVAL: AccountStateMessage.ACCOUNT_STATE_PENDING_REMOVAL,
};

/** An account of a user. */
export function toAccount(account: Account): AccountMessage {
  return {
    accountId: formatId('account', account.id),
    masterId: formatId('master', account.masterId),
    name: account.name,
    email: account.email,
    phone: account.phone,
    alias: account.alias,
    state: states[account.state],
    activeWalletId: formatOptionalId('wallet', account.activeWalletId),
    activeContactListId: formatOptionalId('contactList', account.activeContactListId),
    createTime: toTimestamp(account.createTime),
    updateTime: toTimestamp(account.updateTime),
    unlinkTime: toOptionalTimestamp(account.unlinkTime),
  };
}
