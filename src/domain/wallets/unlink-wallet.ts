import type { UserCaller } from '../../model/caller.js';
import type { AccountChange, Drain, OperationDraft } from '../../model/ledger.js';
import { systemAccountId } from '../../model/system-accounts.js';
import type { PartyWallet } from '../../model/wallet.js';
import { listClockIds } from '../../storage/clocks.js';
import type { UnlinkClock } from '../clocks/unlink-clock.js';
import { hashRequest, type MoneyRequest } from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import { actorOf, type PaymentDeps, settleMoney } from './payments.js';
import type { MoneyOutcome } from './records-seen.js';

/** Which wallet goes, and where what is in it goes. */
export type UnlinkWalletInput = {
  /** The caller's UUID, 16 bytes. */
  readonly requestId: Buffer;
  readonly walletId: bigint;
  /** Another wallet of the caller; null when there is nothing to move. */
  readonly moveToId: bigint | null;
};

/** The unlinking of wallets. */
export type UnlinkWallet = {
  /**
   * Moves what is in a wallet to another one of the caller, closes it, and hides it with its sheets, in one operation. When it was the
   * active one, another becomes active.
   *
   * @throws WALLET_NOT_FOUND for either, REQUEST_ID_REUSED
   * @throws WALLET_NOT_EMPTY, WALLET_HOLDS_TIME, BALANCE_LIMIT_EXCEEDED, ACCOUNT_FROZEN, WALLET_CLOSED: stored with the request id
   * @throws MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL, and what the committer throws
   */
  unlink(caller: UserCaller, input: UnlinkWalletInput, signal?: AbortSignal): Promise<MoneyOutcome>;
};

/** Creates the use case. */
export function createUnlinkWallet(
  deps: PaymentDeps & {
    readonly instanceNumber: bigint;
    readonly unlinkClock: Pick<UnlinkClock, 'closeLate'>;
  },
): UnlinkWallet {
  const usage = systemAccountId('USAGE_MILLISECOND', deps.instanceNumber);
  return {
    async unlink(caller, input, signal) {
      const { walletId, moveToId } = input;
      const wallet = await deps.parties.namedWallet(caller, walletId);
      const target = moveToId === null ? null : await deps.parties.namedWallet(caller, moveToId);
      const request: MoneyRequest = {
        kind: 'CLOSE_WALLET',
        scope: caller.master.id,
        requestId: input.requestId,
        requestHash: hashRequest('CLOSE_WALLET', [caller.user.id, walletId, moveToId]),
      };
      const outcome = await settleMoney(deps.db, request, '', async () => {
        for (const each of [wallet, target]) {
          if (each?.unlinked) throw notFound('wallet', each.walletId);
        }
        if (caller.standing) throw caller.standing;
        const clockIds = await listClockIds(deps.db.knex, walletId);
        const id = await deps.ids.next();
        const draft = draftOf(id, request, caller, { wallet, clockIds, into: moveToId });
        return deps.committer.submit({ ...draft, clockwork: { usage } }, signal);
      });
      await deps.unlinkClock.closeLate(caller, walletId);
      return outcome;
    },
  };
}

/** A wallet that goes with its clocks, and where its credits go. */
type Closing = {
  readonly wallet: PartyWallet;
  readonly clockIds: readonly bigint[];
  readonly into: bigint | null;
};

function draftOf(
  id: bigint,
  request: MoneyRequest,
  caller: UserCaller,
  { wallet, clockIds, into }: Closing,
): OperationDraft {
  const { walletId: account, userId } = wallet;
  const drains: Drain[] = [
    { account, into, unit: 'CREDIT', open: true },
    ...clockIds.map(
      (clock): Drain => ({ account: clock, into: null, unit: 'MILLISECOND', open: true }),
    ),
  ];
  return {
    ...request,
    id,
    accountId: account,
    credits: 0n,
    movements: [],
    drains,
    changes: drains.map((drain): AccountChange => ({ account: drain.account, state: 'CLOSED' })),
    closing: { of: 'WALLET', id: account, userId, clockIds },
    actor: actorOf(caller),
  };
}
