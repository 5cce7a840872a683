/** What of the configuration the domain goes by. */
export type DomainSettings = {
  /** How long tokens are valid, and by how much a keep-alive extends them. */
  readonly clientTokenMs: number;
  readonly sessionTokenMs: number;
  /** How many users a new master may have. */
  readonly defaultSubordinateLimit: number;
  /** Terms of a new master: how far its pool may go below zero; 0 for prepay. */
  readonly newMasterCreditLimit: bigint;
  readonly newMasterSelfSupply: boolean;
  /** A further acquire key that fits every master, for trying things out; null for none. */
  readonly defaultAcquireKey: string | null;
  /** Cost of a password hash (argon2id). */
  readonly passwordMemoryKib: number;
  readonly passwordIterations: number;
  /** Accounts per ledger transaction, and operations waiting for one, at most. */
  readonly ledgerBatchSize: number;
  readonly ledgerQueueSize: number;
};
