import type { UserCaller } from '../../model/caller.js';
import type { Decision, InvoiceDraft, OperationDraft } from '../../model/ledger.js';
import type { PartyWallet } from '../../model/wallet.js';
import type { Database } from '../../storage/database.js';
import { normaliseKey } from '../accounts/normalise.js';
import type { Committer } from '../ledger/committer.js';
import { hashRequest, type MoneyRequest, settleRequest } from '../ledger/money-request.js';
import { notFound } from '../not-found.js';
import { type OpeningDeps, withReady } from './openings.js';
import type { Parties, PayeeInput } from './parties.js';
import { type MoneyOutcome, recordsOf } from './records-seen.js';
import { refusalError } from './refusals.js';

/** What every request on credits says. */
export type MoneyInput = {
  /** The caller's UUID, 16 bytes. */
  readonly requestId: Buffer;
  /** The caller's wallet; null for the active one. */
  readonly walletId: bigint | null;
  /** Above zero, at most 10^16. */
  readonly credits: bigint;
  readonly notes: string;
};

/** A payment or transfer: who receives. */
export type PaymentInput = MoneyInput & {
  readonly payee: PayeeInput;
  /** Null for the payee's active wallet. */
  readonly payeeWalletId: bigint | null;
};

/** What payments stand on. */
export type PaymentDeps = OpeningDeps & {
  readonly committer: Committer;
  readonly parties: Parties;
};

/** Payments and transfers from wallet to wallet. */
export type Payments = {
  /**
   * Pays with an invoice whose seller is the payee.
   *
   * @throws WALLET_NOT_FOUND, PAYEE_NOT_FOUND, SELF_PAYMENT, REQUEST_ID_REUSED
   * @throws INSUFFICIENT_CREDITS, BALANCE_LIMIT_EXCEEDED, ACCOUNT_FROZEN, WALLET_CLOSED: stored with the request id
   * @throws MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL, and what {@link Committer.submit} throws
   */
  pay(caller: UserCaller, input: PaymentInput, signal?: AbortSignal): Promise<MoneyOutcome>;
  /** As {@link Payments.pay}, without an invoice. */
  transfer(caller: UserCaller, input: PaymentInput, signal?: AbortSignal): Promise<MoneyOutcome>;
};

/** Creates payments and transfers. */
export function createPayments(deps: PaymentDeps): Payments {
  async function run(
    kind: 'PAYMENT' | 'TRANSFER',
    caller: UserCaller,
    input: PaymentInput,
    signal?: AbortSignal,
  ): Promise<MoneyOutcome> {
    // Ownership comes before the look-up of the request id; the active wallet is a state of today and comes after it.
    const named =
      input.walletId === null ? null : await deps.parties.namedWallet(caller, input.walletId);
    const request = requestOf(kind, caller, input);
    return settleMoney(deps.db, request, input.notes, async () => {
      const [payer, payee] = await Promise.all([
        named ?? deps.parties.activeWallet(caller),
        deps.parties.payeeWallet(caller, input.payee, input.payeeWalletId),
      ]);
      if (named?.unlinked) throw notFound('wallet', named.walletId);
      if (caller.standing) throw caller.standing;
      return withReady(deps, request, [payer, payee] as const, async ([from, to]) => {
        const draft = draftOf(await deps.ids.next(), request, caller, input, from, to);
        return deps.committer.submit(draft, signal);
      });
    });
  }
  return {
    pay: (caller, input, signal) => run('PAYMENT', caller, input, signal),
    transfer: (caller, input, signal) => run('TRANSFER', caller, input, signal),
  };
}

/** Settles a request on credits: the outcome with its records, or the refusal as an error. */
export async function settleMoney(
  db: Database,
  request: MoneyRequest,
  notes: string,
  prepare: () => Promise<Decision>,
): Promise<MoneyOutcome> {
  const { decision, settled } = await settleRequest(db, request, prepare);
  const { operation, replayed } = settled;
  if (operation.refusal) throw refusalError(operation, replayed);
  return { operation, replayed, ...(await recordsOf(db, decision, notes)) };
}

/** Who asked, as the operation keeps it. */
export function actorOf(caller: UserCaller): OperationDraft['actor'] {
  return {
    userId: caller.user.id,
    sessionId: caller.session?.id ?? null,
    keyId: caller.backendKeyId,
  };
}

/** A party of a record and its sheet of the given kind. */
export function sideOf(wallet: PartyWallet, sheet: 'transferSheetId' | 'invoiceSheetId') {
  return { userId: wallet.userId, walletId: wallet.walletId, sheetId: wallet[sheet] };
}

function requestOf(
  kind: 'PAYMENT' | 'TRANSFER',
  caller: UserCaller,
  input: PaymentInput,
): MoneyRequest {
  const { payee } = input;
  const requestHash = hashRequest(kind, [
    caller.user.id,
    input.walletId,
    'accountId' in payee ? payee.accountId : null,
    'email' in payee ? normaliseKey(payee.email).toString() : null,
    input.payeeWalletId,
    input.credits,
    input.notes,
  ]);
  return { kind, scope: caller.master.id, requestId: input.requestId, requestHash };
}

function draftOf(
  id: bigint,
  request: MoneyRequest,
  caller: UserCaller,
  input: PaymentInput,
  payer: PartyWallet,
  payee: PartyWallet,
): OperationDraft {
  const kind = request.kind === 'PAYMENT' ? 'PAYMENT' : 'TRANSFER';
  const { scope, requestId, requestHash } = request;
  const { credits, notes } = input;
  const invoice: InvoiceDraft = {
    seller: sideOf(payee, 'invoiceSheetId'),
    sellerMasterId: null,
    buyer: sideOf(payer, 'invoiceSheetId'),
    cost: null,
  };
  return {
    id,
    kind,
    scope,
    requestId,
    requestHash,
    accountId: payer.walletId,
    credits,
    movements: [{ debit: payer.walletId, credit: payee.walletId, unit: 'CREDIT', amount: credits }],
    changes: [],
    transfer: {
      kind,
      payer: sideOf(payer, 'transferSheetId'),
      payee: sideOf(payee, 'transferSheetId'),
      payerMasterId: null,
    },
    invoice: kind === 'PAYMENT' ? invoice : undefined,
    notes,
    actor: actorOf(caller),
  };
}
