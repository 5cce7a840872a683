/** The sweeps that remove what is over. */
export const cleanerNames = ['sessions', 'client_tokens', 'session_tokens', 'workers'] as const;

/** Name of a cleaner. */
export type CleanerName = (typeof cleanerNames)[number];

/** A cleaner as every running server sees it. Times are Unix ms. */
export type Cleaner = {
  readonly name: CleanerName;
  /** False when the operator stopped it: it does not sweep by itself then. */
  readonly started: boolean;
  readonly intervalMs: number;
  /** True while a sweep runs, on whichever server. */
  readonly sweeping: boolean;
  /** When the last sweep began; null before the first. */
  readonly sweepTime: number | null;
  /** When the last sweep ended that got to its end; null before the first. */
  readonly endTime: number | null;
  /** What that sweep removed, cascades included. */
  readonly removedCount: number;
};

/** What a clean-up removed: ids of everything, cascades included. */
export type CleanupReport = {
  readonly clientTokenIds: readonly bigint[];
  readonly sessionTokenIds: readonly bigint[];
  readonly sessionIds: readonly bigint[];
  readonly workerIds: readonly bigint[];
};

/** A report of nothing. */
export const nothingCleaned: CleanupReport = {
  clientTokenIds: [],
  sessionTokenIds: [],
  sessionIds: [],
  workerIds: [],
};
