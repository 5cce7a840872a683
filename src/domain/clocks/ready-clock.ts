import type { UserCaller } from '../../model/caller.js';
import type { Clock } from '../../model/clock.js';
import type { ClockKind, Decision } from '../../model/ledger.js';
import type { SheetKind } from '../../model/sheet.js';
import { findClock } from '../../storage/clocks.js';
import { findDecision, type MoneyRequest } from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import { openMissingSheet } from '../sheets/open-sheet.js';
import { type OpeningDeps, openActiveWallet } from '../wallets/openings.js';
import { openActiveClock } from './open-active-clock.js';

/** The sheets that operations write to, and what names the active one. */
const sheets: Partial<
  Record<
    ClockKind,
    { readonly kind: SheetKind; readonly active: 'activeTimeSheetId' | 'activeConversionSheetId' }
  >
> = {
  TO_CLOCK: { kind: 'CONVERSION', active: 'activeConversionSheetId' },
  FROM_CLOCK: { kind: 'CONVERSION', active: 'activeConversionSheetId' },
  START: { kind: 'TIME', active: 'activeTimeSheetId' },
};

/** What begins something on a clock opens one where there is none; the others have nothing to go on with. */
const opening: ReadonlySet<ClockKind> = new Set<ClockKind>(['TO_CLOCK', 'START']);

/**
 * Submits with a clock that the operation can be written for. Who unlinked the last clock, or its last sheet, has none, and the next
 * write opens one. A repeated request opens nothing: it gets the outcome that it had.
 *
 * @throws CLOCK_NOT_FOUND when there is none, and the operation opens none
 */
export async function withReadyClock(
  deps: OpeningDeps,
  caller: UserCaller,
  request: MoneyRequest & { readonly kind: ClockKind },
  found: Clock | undefined,
  submit: (clock: Clock) => Promise<Decision>,
): Promise<Decision> {
  const sheet = sheets[request.kind];
  if (found && (!sheet || found[sheet.active] !== null)) return submit(found);
  const decided = await findDecision(deps.db, request);
  if (decided) return decided;
  if (!found && !opening.has(request.kind)) throw notFound('clock', null);
  const id = found?.id ?? (await openClockOf(deps, caller));
  if (sheet) await openMissingSheet(deps, sheet.kind, id);
  const clock = await findClock(deps.db.knex, id);
  if (!clock) throw notFound('clock', id);
  return submit(clock);
}

async function openClockOf(deps: OpeningDeps, { user, master }: UserCaller): Promise<bigint> {
  const walletId =
    user.activeWalletId ??
    (await openActiveWallet(deps, { userId: user.id, masterId: master.id })).walletId;
  return openActiveClock(deps, walletId);
}
