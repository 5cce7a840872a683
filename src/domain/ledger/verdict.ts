import type { LedgerCode } from '../../model/ledger-codes.js';

/** One thing that is not as the entries say it must be. */
export type LedgerDifference = {
  readonly code: LedgerCode;
  /** Id of the ledger account that differs; null when it concerns none. */
  readonly ledgerAccount: bigint | null;
  /** The operation that differs; null when it concerns none. */
  readonly operationId: bigint | null;
  /** What was found and what was expected. Names rows by their ids and holds no personal data. */
  readonly description: string;
};

/** How far a verification got. */
export type LedgerCounts = {
  readonly accountCount: number;
  readonly entryCount: number;
  readonly operationCount: number;
  /** Transfer and invoice records. */
  readonly recordCount: number;
  readonly differenceCount: number;
};

/** How much a verification proves: the whole ledger, or what came since the last clean run. */
export type VerifyMode = 'full' | 'incremental';

/** What a verification found. */
export type LedgerVerdict = LedgerCounts & {
  /** The mode that ran. */
  readonly mode: VerifyMode;
  /** True when the run is complete and found no difference. */
  readonly verified: boolean;
  /** False when the run was stopped or failed: no proof then, whatever it found. */
  readonly complete: boolean;
  /** The first differences; all are counted. */
  readonly differences: readonly LedgerDifference[];
  /** What limits the guarantee, as sentences. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
};

/** A verdict as lines of text, for the operator's terminal. */
export function describeVerdict(verdict: LedgerVerdict): string[] {
  const { accountCount, entryCount, operationCount, recordCount } = verdict;
  const shown = verdict.differences.length;
  const hidden = verdict.differenceCount - shown;
  return [
    ...verdict.differences.map(describeDifference),
    ...(hidden > 0 ? [`… and ${hidden} more.`] : []),
    ...verdict.warnings.map((warning) => `Warning: ${warning}`),
    `Read ${accountCount} accounts, ${entryCount} entries, ${operationCount} operations and ` +
      `${recordCount} records in ${(verdict.durationMs / 1_000).toFixed(1)} s.`,
    conclusionOf(verdict),
  ];
}

/** The first line that an operator looks for. */
function conclusionOf({ mode, verified, complete, differenceCount }: LedgerVerdict): string {
  if (verified && mode === 'incremental') {
    return 'What is new since the last clean run is verified: no difference.';
  }
  if (verified) return 'The ledger is verified: no difference.';
  const found = `${differenceCount} difference${differenceCount === 1 ? '' : 's'}`;
  if (!complete) return `NOT VERIFIED: the run did not get to the end. So far: ${found}.`;
  return `NOT VERIFIED: ${found}. What each code means and what to do: docs/verification.md.`;
}

function describeDifference(difference: LedgerDifference): string {
  const { code, ledgerAccount, operationId, description } = difference;
  const account = ledgerAccount === null ? '' : ` account ${ledgerAccount}`;
  const operation = operationId === null ? '' : ` operation ${operationId}`;
  return `${code}${account}${operation}: ${description}`;
}
