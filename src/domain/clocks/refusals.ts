import { DomainError } from '../../model/errors.js';
import {
  type ClockKind,
  MAX_CLOCK_MS,
  MAX_CREDITS,
  type Operation,
  type Refusal,
} from '../../model/ledger.js';
import { formatId } from '../../model/public-id.js';

const clockKinds: ReadonlySet<string> = new Set<ClockKind>([
  'TO_CLOCK',
  'FROM_CLOCK',
  'START',
  'PAUSE',
  'RESUME',
  'STOP',
  'RUN_OUT',
  'CLOSE_CLOCK',
]);

/** Whether the operation was asked for a clock. */
export function isOfClock(operation: Pick<Operation, 'kind'>): boolean {
  return clockKinds.has(operation.kind);
}

/** The error for a refused operation on a clock, in words of the API. */
export function clockRefusalError(
  operation: Operation,
  refusal: Refusal,
  replayed: boolean,
): DomainError {
  const own = refusal.accountId === operation.accountId;
  const other = operation.kind === 'CLOSE_CLOCK' ? 'clock that the time would go to' : 'wallet';
  const clock = { clock_id: formatId('clock', operation.accountId) };
  const left = { ...clock, remaining_ms: String(refusal.balance) };
  const told = (reason: DomainError['reason'], text: string, metadata: Record<string, string>) =>
    new DomainError(reason, text, { metadata, replayed });
  switch (refusal.code) {
    case 'NO_TIME':
      return told('INSUFFICIENT_TIME', 'Too little time is left on the clock.', {
        ...left,
        required_ms: String(refusal.amount > 0n ? refusal.amount : 1n),
      });
    case 'TIMER_RUNNING':
      return told('TIMER_RUNNING', 'The timer is running.', clock);
    case 'TIMER_PAUSED':
      return told('TIMER_PAUSED', 'The timer is paused. Resume or stop it.', clock);
    case 'TIMER_OFF':
      return told('TIMER_INACTIVE', 'The timer is not on.', clock);
    case 'TIMER_CHANGED':
      return told('TRANSACTION_CONTENTION', 'Something else happened to the clock.', clock);
    case 'RATE_DIFFERS':
      return told('CLOCK_RATE_DIFFERS', 'A minute on the other clock costs something else.', {
        clock_id: formatId('clock', refusal.accountId),
      });
    case 'BALANCE_LEFT':
      return told('CLOCK_NOT_EMPTY', 'Time is left on the clock. Say where it goes.', left);
    case 'BELOW_FLOOR':
      return told('INSUFFICIENT_CREDITS', 'The wallet holds too few credits.', {
        wallet_id: formatId('wallet', refusal.accountId),
        balance_credits: String(refusal.balance),
        required_credits: String(refusal.amount),
      });
    case 'ABOVE_CEILING':
      return own || operation.kind === 'CLOSE_CLOCK'
        ? told('BALANCE_LIMIT_EXCEEDED', 'A clock holds 100 years at most.', {
            ...clock,
            max_remaining_ms: String(MAX_CLOCK_MS),
          })
        : told('BALANCE_LIMIT_EXCEEDED', 'A balance would pass its limit.', {
            max_balance_credits: String(MAX_CREDITS),
          });
    case 'ACCOUNT_FROZEN':
      return told('ACCOUNT_FROZEN', `The ${own ? 'clock' : other} is frozen.`, clock);
    case 'ACCOUNT_CLOSED':
      if (own) return told('CLOCK_CLOSED', 'The clock is closed.', clock);
      return operation.kind === 'CLOSE_CLOCK'
        ? told('CLOCK_CLOSED', `The ${other} is closed.`, {
            clock_id: formatId('clock', refusal.accountId),
          })
        : told('WALLET_CLOSED', `The ${other} is closed.`, {});
    default:
      throw new Error(`Ledger account ${refusal.accountId} is missing.`);
  }
}
