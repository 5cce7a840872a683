import type { UserCaller } from '../../model/caller.js';
import type { DomainError } from '../../model/errors.js';
import type { SheetKind } from '../../model/sheet.js';
import { findActiveOwner, sheetOwners } from '../../storage/sheet-owners.js';
import { openActiveClock } from '../clocks/open-active-clock.js';
import { notFound } from '../not-found.js';
import { type OpeningDeps, openActiveWallet } from '../wallets/openings.js';

/** What the opening of a wallet or clock stands on. */
export type OpenOwnerDeps = OpeningDeps;

/** Whose sheets of this kind the caller means who names no wallet or clock: the active one, which is opened when there is none. */
export async function openActiveOwner(
  deps: OpenOwnerDeps,
  kind: SheetKind,
  { user, master }: UserCaller,
): Promise<bigint> {
  const active = await findActiveOwner(deps.db.knex, kind, user);
  if (active) return active.id;
  const { walletId } = await openActiveWallet(deps, { userId: user.id, masterId: master.id });
  return sheetOwners[kind].table === 'wallets' ? walletId : openActiveClock(deps, walletId);
}

/** The wallet or clock that sheets of this kind belong to is missing, unlinked or not the caller's. */
export function ownerNotFound(kind: SheetKind, id: bigint | null): DomainError {
  return sheetOwners[kind].table === 'wallets' ? notFound('wallet', id) : notFound('clock', id);
}
