import type { LedgerAccountKind, Unit } from './ledger.js';

/** How many ordinary accounts make up one account without a floor, so that instances never wait for one another there. */
export const SLOTS = 16;

/** The system's accounts, by the id of their first slot. Ids up to 1,000 are reserved for them. */
const firstSlots = {
  ISSUER_CREDIT: 1n,
  CONVERSION_CREDIT: 17n,
  CONVERSION_MILLISECOND: 33n,
  USAGE_MILLISECOND: 49n,
  WRITE_OFF_CREDIT: 65n,
} as const;

/** Name of a system account: its kind and unit. */
export type SystemAccountName = keyof typeof firstSlots;

/** The ledger account that instance `instanceNumber` posts to for the system account `name`. */
export function systemAccountId(name: SystemAccountName, instanceNumber: bigint): bigint {
  return firstSlots[name] + (instanceNumber % BigInt(SLOTS));
}

/** Every slot of every system account, for the migration that makes them and for verification. */
export function allSystemAccounts(): { id: bigint; kind: LedgerAccountKind; unit: Unit }[] {
  return (Object.keys(firstSlots) as SystemAccountName[]).flatMap((name) => {
    const unit: Unit = name.endsWith('_CREDIT') ? 'CREDIT' : 'MILLISECOND';
    const kind = name.slice(0, -unit.length - 1) as LedgerAccountKind;
    return Array.from({ length: SLOTS }, (_, slot) => ({
      id: firstSlots[name] + BigInt(slot),
      kind,
      unit,
    }));
  });
}
