import type { LedgerCode } from '../../model/ledger-codes.js';
import type { Database } from '../../storage/database.js';
import type { LedgerCounts, LedgerDifference, VerifyMode } from './verdict.js';

/** How to verify. */
export type VerifyOptions = {
  /** `full` by default. Without a clean run to go on from, an incremental one is a full one. */
  readonly mode?: VerifyMode;
  /** Differences to give at most; all are counted. */
  readonly maxDifferences: number;
  /** Once aborted, the run ends after the page that it reads; it is then not complete. */
  readonly signal?: AbortSignal | undefined;
  /** Told after every page. */
  readonly onProgress?: ((counts: LedgerCounts) => void) | undefined;
};

/** What a difference is about. */
export type Whereabouts = { readonly account?: bigint | null; readonly operation?: bigint | null };

/** Notes a difference. */
export type Report = (code: LedgerCode, where: Whereabouts, description: string) => void;

/** A verification under way. */
export type VerifyRun = {
  readonly db: Database;
  /** Rows per statement. */
  readonly pageSize: number;
  readonly report: Report;
  count(what: 'accounts' | 'entries' | 'operations' | 'records', rows: number): void;
  /**
   * Called after every page: lets other work go on, because SQLite answers without ever yielding.
   *
   * @throws the signal's reason once it is aborted.
   */
  afterPage(): Promise<void>;
  counts(): LedgerCounts;
  differences(): readonly LedgerDifference[];
};

/** Begins a run. */
export function createVerifyRun(db: Database, pageSize: number, options: VerifyOptions): VerifyRun {
  const { maxDifferences, signal, onProgress } = options;
  const rows = { accounts: 0, entries: 0, operations: 0, records: 0 };
  const differences: LedgerDifference[] = [];
  let differenceCount = 0;

  function counts(): LedgerCounts {
    return {
      accountCount: rows.accounts,
      entryCount: rows.entries,
      operationCount: rows.operations,
      recordCount: rows.records,
      differenceCount,
    };
  }

  return {
    db,
    pageSize,
    report(code, { account = null, operation = null }, description) {
      differenceCount += 1;
      if (differences.length >= maxDifferences) return;
      differences.push({ code, ledgerAccount: account, operationId: operation, description });
    },
    count(what, number) {
      rows[what] += number;
    },
    async afterPage() {
      onProgress?.(counts());
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
    counts,
    differences: () => differences,
  };
}
