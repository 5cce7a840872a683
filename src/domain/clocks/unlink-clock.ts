import { randomUuid } from '../../lib/random.js';
import type { UserCaller } from '../../model/caller.js';
import type { Clock } from '../../model/clock.js';
import type { OperationDraft } from '../../model/ledger.js';
import { systemAccountId } from '../../model/system-accounts.js';
import { findClock, listClockIds } from '../../storage/clocks.js';
import {
  hashRequest,
  type MoneyRequest,
  requestIdOf,
  settleRequest,
} from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import { actorOf } from '../wallets/payments.js';
import { type ClockOperationDeps, ownClock } from './clock-operations.js';
import { type ClockOutcome, clockOutcome } from './outcomes.js';
import { clockRefusalError } from './refusals.js';

/** Which clock goes, and where the time on it goes. */
export type UnlinkClockInput = {
  /** The caller's UUID, 16 bytes. */
  readonly requestId: Buffer;
  readonly clockId: bigint;
  /** Another clock of the caller, of the same rate; null when there is nothing to move. */
  readonly moveToId: bigint | null;
};

/** The unlinking of clocks. */
export type UnlinkClock = {
  /**
   * Settles and stops the timer of a clock, moves what is left to another clock of the caller, closes it, and hides it with its sheets, in
   * one operation. When it was the active one of its wallet, another becomes active.
   *
   * @throws CLOCK_NOT_FOUND for either, REQUEST_ID_REUSED
   * @throws CLOCK_NOT_EMPTY, CLOCK_RATE_DIFFERS, BALANCE_LIMIT_EXCEEDED, ACCOUNT_FROZEN, CLOCK_CLOSED: stored with the request id
   * @throws MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL, and what the committer throws
   */
  unlink(caller: UserCaller, input: UnlinkClockInput, signal?: AbortSignal): Promise<ClockOutcome>;
  /** Closes clocks that were opened while their wallet was being unlinked: nothing can have come to them. */
  closeLate(caller: UserCaller, walletId: bigint): Promise<void>;
};

/** Creates the use cases. */
export function createUnlinkClock(deps: ClockOperationDeps): UnlinkClock {
  const { db, ids, committer } = deps;
  const usage = systemAccountId('USAGE_MILLISECOND', deps.instanceNumber);

  async function draftOf(
    request: MoneyRequest,
    caller: UserCaller,
    { id: account, walletId }: Clock,
    into: bigint | null,
  ): Promise<OperationDraft> {
    return {
      ...request,
      id: await ids.next(),
      accountId: account,
      credits: 0n,
      movements: [],
      clockwork: { usage },
      drains: [{ account, into, unit: 'MILLISECOND', open: true }],
      changes: [{ account, state: 'CLOSED' }],
      closing: { of: 'CLOCK', id: account, walletId },
      actor: actorOf(caller),
    };
  }

  return {
    async unlink(caller, { requestId, clockId, moveToId }, signal) {
      const clock = await ownClock(db, caller, clockId);
      const target = moveToId === null ? null : await ownClock(db, caller, moveToId);
      const request = requestOf(caller, requestId, clockId, moveToId);
      const { decision, settled } = await settleRequest(db, request, async () => {
        for (const each of [clock, target]) {
          if (each && each.unlinkTime !== null) throw notFound('clock', each.id);
        }
        if (caller.standing) throw caller.standing;
        return committer.submit(await draftOf(request, caller, clock, moveToId), signal);
      });
      const { operation, replayed } = settled;
      if (operation.refusal) throw clockRefusalError(operation, operation.refusal, replayed);
      return { operation, replayed, ...(await clockOutcome(db, decision, '')) };
    },
    async closeLate(caller, walletId) {
      for (const clockId of await listClockIds(db.knex, walletId)) {
        const clock = await findClock(db.knex, clockId);
        const request = requestOf(caller, requestIdOf(randomUuid()), clockId, null);
        if (clock) await committer.submit(await draftOf(request, caller, clock, null));
      }
    },
  };
}

function requestOf(
  { user, master }: UserCaller,
  requestId: Buffer,
  clockId: bigint,
  moveToId: bigint | null,
): MoneyRequest {
  const requestHash = hashRequest('CLOSE_CLOCK', [user.id, clockId, moveToId]);
  return { kind: 'CLOSE_CLOCK', scope: master.id, requestId, requestHash };
}
