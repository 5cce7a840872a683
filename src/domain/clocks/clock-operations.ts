import type { UserCaller } from '../../model/caller.js';
import type { Clock } from '../../model/clock.js';
import type { Clockwork } from '../../model/clockwork.js';
import type { ClockKind, OperationDraft } from '../../model/ledger.js';
import { systemAccountId } from '../../model/system-accounts.js';
import { findActiveClock, findClock } from '../../storage/clocks.js';
import type { Database } from '../../storage/database.js';
import type { Committer } from '../ledger/committer.js';
import { hashRequest, type MoneyRequest, settleRequest } from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import type { OpeningDeps } from '../wallets/openings.js';
import { actorOf } from '../wallets/payments.js';
import { type ClockOutcome, clockOutcome } from './outcomes.js';
import { withReadyClock } from './ready-clock.js';
import { clockRefusalError } from './refusals.js';

/** What every request on a clock says. */
export type ClockInput = {
  /** The caller's UUID, 16 bytes. */
  readonly requestId: Buffer;
  /** The caller's clock; null for the active clock of the active wallet. */
  readonly clockId: bigint | null;
};

/** What operations on clocks stand on. `instanceNumber` chooses the slots of the system's accounts. */
export type ClockOperationDeps = OpeningDeps & {
  readonly committer: Committer;
  readonly instanceNumber: bigint;
};

/**
 * Conversions and the timer. Each settles the running time first and gives the clock as it left it.
 *
 * All throw CLOCK_NOT_FOUND, REQUEST_ID_REUSED, MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL, what
 * {@link Committer.submit} throws, and ACCOUNT_FROZEN and CLOCK_CLOSED, which are stored with the request id as those named below are.
 */
export type ClockOperations = {
  /** Turns credits of the clock's wallet into time. @throws INSUFFICIENT_CREDITS, BALANCE_LIMIT_EXCEEDED, WALLET_CLOSED */
  toClock(
    caller: UserCaller,
    input: ClockInput & { readonly credits: bigint; readonly notes: string },
    signal?: AbortSignal,
  ): Promise<ClockOutcome>;
  /**
   * Turns time into whole credits; what makes no whole credit stays on the clock. `timeMs`: how much at most, null for all.
   *
   * @throws INSUFFICIENT_TIME, BALANCE_LIMIT_EXCEEDED, WALLET_CLOSED
   */
  fromClock(
    caller: UserCaller,
    input: ClockInput & { readonly timeMs: bigint | null; readonly notes: string },
    signal?: AbortSignal,
  ): Promise<ClockOutcome>;
  /** @throws TIMER_RUNNING, TIMER_PAUSED, TIMER_INACTIVE, INSUFFICIENT_TIME: as the kind and the state of the timer have it */
  command(
    kind: 'START' | 'PAUSE' | 'RESUME' | 'STOP',
    caller: UserCaller,
    input: ClockInput,
    signal?: AbortSignal,
  ): Promise<ClockOutcome>;
};

/** What differs between the kinds. */
type Ask = {
  readonly kind: ClockKind;
  readonly input: ClockInput;
  /** What its request id stands for, besides the user and the clock. */
  readonly parts: readonly (bigint | string | null)[];
  readonly credits?: bigint;
  readonly notes?: string;
  readonly clockwork: (clock: Clock) => Omit<Clockwork, 'usage'>;
};

/** Creates the operations. */
export function createClockOperations(deps: ClockOperationDeps): ClockOperations {
  const { db, ids, committer, instanceNumber } = deps;
  const usage = systemAccountId('USAGE_MILLISECOND', instanceNumber);
  const slots = {
    creditAccountId: systemAccountId('CONVERSION_CREDIT', instanceNumber),
    timeAccountId: systemAccountId('CONVERSION_MILLISECOND', instanceNumber),
  };

  async function run(caller: UserCaller, ask: Ask, signal?: AbortSignal): Promise<ClockOutcome> {
    const { kind, input, parts, credits = 0n, notes = '' } = ask;
    // Ownership comes before the look-up of the request id; the active clock is a state of today and comes after it.
    const named = input.clockId === null ? null : await ownClock(db, caller, input.clockId);
    const requestHash = hashRequest(kind, [caller.user.id, input.clockId, ...parts]);
    const { requestId } = input;
    const request: MoneyRequest = { kind, scope: caller.master.id, requestId, requestHash };
    const { decision, settled } = await settleRequest(db, request, async () => {
      const found = named ?? (await activeClock(db, caller));
      if (found && found.unlinkTime !== null) throw notFound('clock', found.id);
      if (caller.standing) throw caller.standing;
      return withReadyClock(deps, caller, { ...request, kind }, found, async (clock) => {
        const draft: OperationDraft = {
          ...request,
          id: await ids.next(),
          accountId: clock.id,
          credits,
          movements: [],
          clockwork: { usage, ...ask.clockwork(clock) },
          changes: [],
          notes,
          actor: actorOf(caller),
        };
        return committer.submit(draft, signal);
      });
    });
    const { operation, replayed } = settled;
    if (operation.refusal) throw clockRefusalError(operation, operation.refusal, replayed);
    return { operation, replayed, ...(await clockOutcome(db, decision, notes)) };
  }

  function convert(
    caller: UserCaller,
    ask: Omit<Ask, 'clockwork'>,
    timeMs: bigint | null,
    signal?: AbortSignal,
  ): Promise<ClockOutcome> {
    const clockwork = ({ walletId, activeConversionSheetId: sheetId }: Clock) => ({
      conversion: { walletId, sheetId, timeMs, ...slots },
    });
    return run(caller, { ...ask, clockwork }, signal);
  }

  return {
    toClock(caller, input, signal) {
      const { credits, notes } = input;
      const ask = { kind: 'TO_CLOCK', input, parts: [credits, notes], credits, notes } as const;
      return convert(caller, ask, null, signal);
    },
    fromClock(caller, input, signal) {
      const { timeMs, notes } = input;
      const ask = { kind: 'FROM_CLOCK', input, parts: [timeMs, notes], notes } as const;
      return convert(caller, ask, timeMs, signal);
    },
    command(kind, caller, input, signal) {
      const clockwork = ({ activeTimeSheetId: timeSheetId }: Clock) => ({ timeSheetId });
      return run(caller, { kind, input, parts: [], clockwork }, signal);
    },
  };
}

/** The caller's clock, closed or not: a repeated request gets its first outcome in any case. @throws CLOCK_NOT_FOUND */
export async function ownClock(
  { knex }: Database,
  { user }: UserCaller,
  clockId: bigint,
): Promise<Clock> {
  const found = await findClock(knex, clockId);
  if (found?.userId === user.id) return found;
  throw notFound('clock', clockId);
}

/** The active clock of the active wallet, if there is one. */
async function activeClock({ knex }: Database, { user }: UserCaller): Promise<Clock | undefined> {
  const { activeWalletId } = user;
  return activeWalletId === null ? undefined : findActiveClock(knex, activeWalletId);
}
