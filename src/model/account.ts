import { type AccountState, masterState, type Profile } from './master.js';

/** A user: a customer of a master. Times are Unix ms. */
export type User = Profile & {
  readonly id: bigint;
  readonly masterId: bigint;
  readonly activeWalletId: bigint | null;
  /** Null when there is none: the next contact opens one. */
  readonly activeContactListId: bigint | null;
  readonly unlinkTime: number | null;
  readonly createTime: number;
  readonly updateTime: number;
};

/** A user with the state of its account, as callers see it. */
export type Account = User & { readonly state: AccountState };

/** The state of a user's account. A master that is frozen or pending removal freezes its users. */
export function accountState(
  user: { unlinkTime: number | null },
  master: { frozenTime: number | null; unlinkTime: number | null },
): AccountState {
  if (masterState(master) !== 'ACTIVE') return 'FROZEN';
  return user.unlinkTime === null ? 'ACTIVE' : 'PENDING_REMOVAL';
}
