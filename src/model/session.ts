/** A client token as it is stored: everything but the secret. Times are Unix ms. */
export type ClientToken = {
  readonly id: bigint;
  readonly acquiredMasterId: bigint | null;
  /** Its session; null when it has none. */
  readonly sessionId: bigint | null;
  readonly createTime: number;
  readonly updateTime: number;
  readonly expireTime: number;
};

/** A session token as it is stored: everything but the secret. */
export type SessionToken = {
  readonly id: bigint;
  readonly clientTokenId: bigint;
  readonly sessionId: bigint;
  readonly createTime: number;
  readonly updateTime: number;
  readonly expireTime: number;
  /** When it was replaced or its session ended; null while it works. */
  readonly endTime: number | null;
};

/** A session: who is logged in, and the one token that opens it. Times are Unix ms. */
export type Session = {
  readonly id: bigint;
  /** Null for a system session, which no token opens. */
  readonly clientTokenId: bigint | null;
  readonly sessionTokenId: bigint | null;
  /** The worker that it counts on; null for one of an earlier release that no server has adopted yet. */
  readonly workerId: bigint | null;
  /** True while its client program has no acquired master: it lives shortly and goes first. */
  readonly anonymous: boolean;
  readonly activeUserId: bigint | null;
  readonly activeMasterId: bigint | null;
  /** What the operator wrote on a system session. */
  readonly reference: string | null;
  readonly createTime: number;
  readonly updateTime: number;
  readonly expireTime: number;
};
