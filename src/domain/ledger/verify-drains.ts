import type { EntryRead } from '../../storage/ledger-verify.js';
import { drainTargets } from './operation-shapes.js';
import type { TellOperation } from './verify-operation.js';
import type { OperationRows } from './verify-operations.js';
import type { Parties } from './verify-parties.js';

/** Checks that each entry of an operation that removes somebody leaves nothing on an account that the operation closed. Pure. */
export function checkDrains(
  { operation, entries, changes }: OperationRows,
  parties: Parties,
  tell: TellOperation,
): void {
  const closed = new Set(changes.map(({ accountId }) => accountId));
  for (const [leg, entry] of entries.entries()) {
    const facts: [name: string, found: unknown, expected: unknown][] = [
      ['leg', entry.leg, leg],
      ['kind', entry.kind, operation.kind],
      ['time', entry.createTime, operation.createTime],
    ];
    for (const [name, found, expected] of facts) {
      if (found === expected) continue;
      tell('ENTRIES_DIFFER', `The ${name} of the entry is ${found} where ${expected} belongs.`);
    }
    if (!isDrain(entry, closed, parties)) {
      tell('ENTRIES_DIFFER', `Leg ${leg} does not empty an account that was closed.`);
    }
  }
}

function isDrain(entry: EntryRead, closed: ReadonlySet<bigint>, { accounts }: Parties): boolean {
  const { debit, credit, debitBalance, creditBalance } = entry;
  const from = accounts.get(debit)?.kind;
  const to = accounts.get(credit)?.kind;
  if (!from || !to) return true;
  const emptied = drainTargets[from]?.includes(to) && closed.has(debit) && debitBalance === 0n;
  const paid = drainTargets[to]?.includes(from) && closed.has(credit) && creditBalance === 0n;
  return Boolean(emptied || paid);
}
