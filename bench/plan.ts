/** How much of everything a run does. */
export type Plan = {
  readonly name: 'full' | 'quick';
  /** Users with a wallet each. */
  readonly users: number;
  readonly inFlight: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** How often each leg of a comparison runs; the legs take turns. */
  readonly rounds: number;
  /** Rounds before the first that counts: a compiler takes tens of thousands of calls to be done with a server. */
  readonly heatRounds: number;
  /** How long a server is loaded before lone calls: by themselves they would take an hour to have it compiled. */
  readonly heatMs: number;
  /** Entries in the large book. */
  readonly bookEntries: number;
  readonly openSessions: number;
  readonly watches: number;
  /** Timers that run out in the same second. */
  readonly dueTimers: number;
  /** Calls in flight of the sweep. */
  readonly sweep: readonly number[];
  /** Shares of the closed loop's throughput that the open loop offers. */
  readonly openShares: readonly number[];
  /** Connections of the server with one transaction per payment. Not tuned. */
  readonly baselineConnections: number;
};

/** What the published figures come from. */
export const fullPlan: Plan = {
  name: 'full',
  users: 1_000,
  inFlight: 256,
  connections: 8,
  warmUpMs: 1_000,
  durationMs: 3_000,
  rounds: 5,
  heatRounds: 2,
  heatMs: 10_000,
  bookEntries: 2_000_000,
  openSessions: 10_000,
  watches: 1_000,
  dueTimers: 10_000,
  sweep: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
  openShares: [0.25, 0.5, 0.75],
  baselineConnections: 32,
};

/** Proves that the benchmark works; its figures mean nothing. */
export const quickPlan: Plan = {
  name: 'quick',
  users: 8,
  inFlight: 16,
  connections: 2,
  warmUpMs: 50,
  durationMs: 200,
  rounds: 1,
  heatRounds: 0,
  heatMs: 100,
  bookEntries: 2_000,
  openSessions: 20,
  watches: 4,
  dueTimers: 24,
  sweep: [1, 16],
  openShares: [0.5],
  baselineConnections: 4,
};
