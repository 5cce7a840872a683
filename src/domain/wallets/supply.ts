import type { UserCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Cost, OperationDraft } from '../../model/ledger.js';
import type { PartyWallet } from '../../model/wallet.js';
import { hashRequest, type MoneyRequest } from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import { withReady } from './openings.js';
import { actorOf, type MoneyInput, type PaymentDeps, settleMoney, sideOf } from './payments.js';
import type { MoneyOutcome } from './records-seen.js';

/** A supply: from the pool of the user's master to a wallet of the user. */
export type SupplyInput = MoneyInput & {
  /** What one credit costs; null when not given. */
  readonly cost: Cost | null;
};

/** Supplies. */
export type Supply = {
  /**
   * Supplies credits with an invoice whose seller is the master. Called by the master's backend for a user, or by the user itself
   * where the master's terms allow it.
   *
   * @throws SELF_SUPPLY_DISABLED, WALLET_NOT_FOUND, REQUEST_ID_REUSED
   * @throws INSUFFICIENT_POOL_CREDITS, BALANCE_LIMIT_EXCEEDED, ACCOUNT_FROZEN, WALLET_CLOSED: stored with the request id
   * @throws MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL, and what the committer throws
   */
  supply(caller: UserCaller, input: SupplyInput, signal?: AbortSignal): Promise<MoneyOutcome>;
};

/** Creates supplies. */
export function createSupply(deps: PaymentDeps): Supply {
  return {
    async supply(caller, input, signal) {
      const named =
        input.walletId === null ? null : await deps.parties.namedWallet(caller, input.walletId);
      const request = requestOf(caller, input);
      return settleMoney(deps.db, request, input.notes, async () => {
        // The terms are a state of today: a supply that they allowed when it was asked for is told again.
        if (caller.backendKeyId === null && !caller.master.selfSupply) {
          throw new DomainError(
            'SELF_SUPPLY_DISABLED',
            "Only the master's backend supplies credits to its users.",
          );
        }
        const party = named ?? (await deps.parties.activeWallet(caller));
        if (named?.unlinked) throw notFound('wallet', named.walletId);
        if (caller.standing) throw caller.standing;
        return withReady(deps, request, [party] as const, async ([wallet]) => {
          const draft = draftOf(await deps.ids.next(), request, caller, input, wallet);
          return deps.committer.submit(draft, signal);
        });
      });
    },
  };
}

function requestOf(caller: UserCaller, input: SupplyInput): MoneyRequest {
  const { cost } = input;
  const requestHash = hashRequest('SUPPLY', [
    caller.user.id,
    input.walletId,
    input.credits,
    cost?.currency ?? null,
    cost?.units ?? null,
    cost?.nanos ?? null,
    input.notes,
  ]);
  return { kind: 'SUPPLY', scope: caller.master.id, requestId: input.requestId, requestHash };
}

const NOBODY = { userId: null, walletId: null, sheetId: null };

function draftOf(
  id: bigint,
  request: MoneyRequest,
  caller: UserCaller,
  input: SupplyInput,
  wallet: PartyWallet,
): OperationDraft {
  const pool = caller.master.poolAccountId;
  return {
    ...request,
    id,
    accountId: wallet.walletId,
    credits: input.credits,
    movements: [{ debit: pool, credit: wallet.walletId, unit: 'CREDIT', amount: input.credits }],
    changes: [],
    transfer: {
      kind: 'SUPPLY',
      payer: NOBODY,
      payee: sideOf(wallet, 'transferSheetId'),
      payerMasterId: caller.master.id,
    },
    invoice: {
      seller: NOBODY,
      sellerMasterId: caller.master.id,
      buyer: sideOf(wallet, 'invoiceSheetId'),
      cost: input.cost,
    },
    notes: input.notes,
    actor: actorOf(caller),
  };
}
