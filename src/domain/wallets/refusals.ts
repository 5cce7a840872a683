import { DomainError } from '../../model/errors.js';
import {
  ceilingOf,
  type LedgerAccountKind,
  type Operation,
  type Refusal,
} from '../../model/ledger.js';
import { formatId } from '../../model/public-id.js';
import { clockRefusalError, isOfClock } from '../clocks/refusals.js';

/**
 * The error for a refused operation, in words of the API. The account that was asked for is named with its balance; of any other
 * party nothing is told but that it could not take part.
 */
export function refusalError(operation: Operation, replayed: boolean): DomainError {
  const { refusal, kind } = operation;
  if (!refusal) throw new Error('The operation was applied.');
  if (isOfClock(operation)) return clockRefusalError(operation, refusal, replayed);
  const own = refusal.accountId === operation.accountId && kind !== 'FUND' && kind !== 'TERMS';
  const wallet = own ? { wallet_id: formatId('wallet', refusal.accountId) } : undefined;
  switch (refusal.code) {
    case 'BELOW_FLOOR':
      // The issuer has no floor but what an integer can hold.
      if (kind === 'FUND') return limitError('POOL', replayed);
      if (!wallet) {
        const metadata = { master_id: formatId('master', operation.scope) };
        const text = "The master's pool may not go that low.";
        return new DomainError('INSUFFICIENT_POOL_CREDITS', text, { metadata, replayed });
      }
      return new DomainError('INSUFFICIENT_CREDITS', 'The wallet holds too few credits.', {
        metadata: {
          ...wallet,
          balance_credits: String(refusal.balance),
          required_credits: String(refusal.amount),
        },
        replayed,
      });
    case 'ABOVE_CEILING':
      return limitError(kind === 'FUND' ? 'POOL' : 'WALLET', replayed);
    case 'BALANCE_LEFT':
      return notEmpty(operation, refusal, replayed);
    case 'ACCOUNT_FROZEN':
      return new DomainError('ACCOUNT_FROZEN', whose(own, kind, 'is frozen'), {
        metadata: wallet ?? {},
        replayed,
      });
    case 'ACCOUNT_CLOSED':
      return new DomainError('WALLET_CLOSED', whose(own, kind, 'is closed'), {
        metadata: wallet ?? {},
        replayed,
      });
    default:
      throw new Error(`Ledger account ${refusal.accountId} is missing.`);
  }
}

function limitError(kind: LedgerAccountKind, replayed: boolean): DomainError {
  const metadata = { max_balance_credits: String(ceilingOf(kind)) };
  const text = 'A balance would pass its limit.';
  return new DomainError('BALANCE_LIMIT_EXCEEDED', text, { metadata, replayed });
}

/** A wallet may be closed only when nothing is left in it, and nothing on its clocks. */
function notEmpty({ accountId }: Operation, refusal: Refusal, replayed: boolean): DomainError {
  const metadata = { wallet_id: formatId('wallet', accountId) };
  if (refusal.accountId !== accountId) {
    const text = 'A clock of the wallet holds time. Unlink the clock, or convert the time back.';
    return new DomainError('WALLET_HOLDS_TIME', text, { metadata, replayed });
  }
  return new DomainError('WALLET_NOT_EMPTY', 'The wallet holds credits. Say where they go.', {
    metadata: { ...metadata, balance_credits: String(refusal.balance) },
    replayed,
  });
}

function whose(own: boolean, kind: Operation['kind'], what: string): string {
  if (own) return `The wallet ${what}.`;
  if (kind === 'CLOSE_WALLET') return `The wallet that the credits would go to ${what}.`;
  return `The account of the other party ${what}.`;
}
