/** The sweeps that remove what is over. */
export const cleanerNames = [
  'sessions',
  'client_tokens',
  'session_tokens',
  'workers',
  'accounts',
  'masters',
] as const;

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
  /** What that sweep removed, what went with it included. */
  readonly removedCount: number;
};

/** How many things of one kind were removed, and the ids of the first of them. */
export type Removed = { readonly count: number; readonly ids: readonly bigint[] };

/** What a clean-up removed, by kind, what went with it included. */
export type CleanupReport = {
  readonly workers: Removed;
  readonly sessions: Removed;
  readonly clientTokens: Removed;
  readonly sessionTokens: Removed;
  readonly accounts: Removed;
  readonly masters: Removed;
};

/** A sweep may remove millions of things: so many ids of each kind are kept. */
export const MAX_REPORTED_IDS = 1_000;

const kinds = [
  'workers',
  'sessions',
  'clientTokens',
  'sessionTokens',
  'accounts',
  'masters',
] as const;

/** A report of these ids. */
export function reportOf(
  ids: Partial<Record<keyof CleanupReport, readonly bigint[]>>,
): CleanupReport {
  return build((kind) => {
    const removed = ids[kind] ?? [];
    return { count: removed.length, ids: removed.slice(0, MAX_REPORTED_IDS) };
  });
}

/** Two reports as one. */
export function addReports(first: CleanupReport, second: CleanupReport): CleanupReport {
  return build((kind) => ({
    count: first[kind].count + second[kind].count,
    ids: [...first[kind].ids, ...second[kind].ids].slice(0, MAX_REPORTED_IDS),
  }));
}

/** How many things a report is about. */
export function countRemoved(report: CleanupReport): number {
  return kinds.reduce((sum, kind) => sum + report[kind].count, 0);
}

function build(removed: (kind: (typeof kinds)[number]) => Removed): CleanupReport {
  return {
    workers: removed('workers'),
    sessions: removed('sessions'),
    clientTokens: removed('clientTokens'),
    sessionTokens: removed('sessionTokens'),
    accounts: removed('accounts'),
    masters: removed('masters'),
  };
}
