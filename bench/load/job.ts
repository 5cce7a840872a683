/** Name and value of each metadata entry that a caller sends. */
export type CallerMetadata = readonly (readonly [name: string, value: string])[];

/** How payer and payee of each call are chosen. Both are indexes into `callers` and `messages`. */
export type Choice =
  /** Both evenly among the first `count`. */
  | { readonly kind: 'spread'; readonly count: number }
  /** Both by Zipf's law with exponent 1 among the first `count`. */
  | { readonly kind: 'zipf'; readonly count: number }
  /** Payers evenly among the first `count`, the payee always the first. */
  | { readonly kind: 'hot'; readonly count: number };

/** How calls are offered. */
export type Load =
  /** A new call as soon as one of `inFlight` is answered. */
  | { readonly kind: 'closed'; readonly inFlight: number }
  /** `rate` calls a second at fixed times, whatever becomes of them. Latency counts from those times. */
  | { readonly kind: 'open'; readonly rate: number }
  /** As `closed`, with instructions over REST: `messages` are what follows the request id in their JSON. */
  | { readonly kind: 'rest'; readonly inFlight: number }
  /** `streams` bidirectional streams with `inFlight` messages unanswered on each, opened by the first callers. */
  | {
      readonly kind: 'stream';
      readonly streams: number;
      readonly inFlight: number;
      readonly answers: 'in order' | 'by request id';
    };

/** What the generator is to do. Plain data: it crosses to another process. */
export type Job = {
  /** `host:port` of each server; connections are shared out among them. */
  readonly addresses: readonly string[];
  readonly connections: number;
  /** For example `/ewallet.v1.WalletService/PayCredits`. */
  readonly path: string;
  readonly callers: readonly CallerMetadata[];
  /** What follows the request id (field 1, a UUID made for each call) in each message, by payee, as base64. */
  readonly messages: readonly string[];
  /** What stands between the two, by payer, as base64; nothing by default. */
  readonly payerParts?: readonly string[];
  readonly choice: Choice;
  readonly load: Load;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** The same seed makes the same choices. */
  readonly seed: number;
};

/** Milliseconds. */
export type Latency = {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};

/** What came of a job. */
export type JobResult = {
  /** Answers with status OK per second, within the measured time. */
  readonly perSecond: number;
  readonly latency: Latency;
  /** Answers with status OK over the whole job, warm-up and end included. */
  readonly acknowledged: number;
  /** Calls by gRPC status code over the whole job; `reset` for a stream that was cut off. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Share of the time in which the generator's event loop was busy, 0 to 1. */
  readonly loopUse: number;
  /** Open loop only: how much later than intended calls were sent, 99th percentile, ms. */
  readonly sentLateP99: number | null;
};

/** What the generator tells its parent. */
export type GeneratorMessage =
  | { readonly kind: 'ready' | 'measuring' | 'measured' }
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly message: string };
