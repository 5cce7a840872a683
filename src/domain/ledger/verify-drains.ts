import type { EntryRead } from '../../storage/ledger-verify.js';
import type { DrainTargets, OperationShape } from './operation-shapes.js';
import type { TellOperation } from './verify-operation.js';
import type { OperationRows } from './verify-operations.js';
import type { Parties } from './verify-parties.js';

/**
 * Checks that each entry of an operation that closes accounts leaves nothing on an account that the operation closed; and for who closes
 * accounts of its own, that all went to another account of its own, and how much. Pure.
 */
export function checkDrains(
  { operation, entries, changes }: OperationRows,
  { drains, askedBy }: OperationShape,
  parties: Parties,
  tell: TellOperation,
): void {
  const closed = new Set(changes.map(({ accountId }) => accountId));
  for (const [leg, entry] of entries.entries()) {
    const { userId } = parties.wallets.get(entry.credit) ?? parties.clocks.get(entry.credit) ?? {};
    if (askedBy === 'user' && userId !== operation.actor.userId) {
      tell('ENTRIES_DIFFER', `Leg ${leg} goes to user ${userId}, not to who asked.`);
    }
    if (!isDrain(entry, closed, drains?.targets ?? {}, parties)) {
      tell('ENTRIES_DIFFER', `Leg ${leg} does not empty an account that was closed.`);
    }
  }
  if (askedBy !== 'user') return;
  const moved = entries.reduce(
    (sum, { unit, amount }) => (unit === 'CREDIT' ? sum + amount : sum),
    0n,
  );
  if (moved === operation.credits) return;
  tell('OPERATION_INVALID', `It says that it moved ${operation.credits} credits, not ${moved}.`);
}

function isDrain(
  entry: EntryRead,
  closed: ReadonlySet<bigint>,
  targets: DrainTargets,
  { accounts }: Parties,
): boolean {
  const { debit, credit, debitBalance, creditBalance } = entry;
  const from = accounts.get(debit)?.kind;
  const to = accounts.get(credit)?.kind;
  if (!from || !to) return true;
  const emptied = targets[from]?.includes(to) && closed.has(debit) && debitBalance === 0n;
  const paid = targets[to]?.includes(from) && closed.has(credit) && creditBalance === 0n;
  return Boolean(emptied || paid);
}
