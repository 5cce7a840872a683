import type { VaultKey } from '../lib/vault.js';
import type { CleanerName } from '../model/cleaner.js';

/** How watches are limited. Spans are milliseconds. */
export type WatchSettings = {
  /** How often the log of changes is asked while somebody watches. */
  readonly pollIntervalMs: number;
  /** How long a watch lives, give or take a tenth. */
  readonly lifeMs: number;
  readonly maxPerCaller: number;
  /** Of clocks, for one user. */
  readonly maxClocksPerUser: number;
  readonly maxPerServer: number;
};

/** How many failed logins one span takes; 0 for any number. A pair is a source and an account. */
export type LoginLimits = {
  readonly perPair: number;
  readonly perAccount: number;
  readonly perSource: number;
};

/** What of the configuration the domain goes by. */
export type DomainSettings = {
  /** How long tokens are valid, and by how much a keep-alive extends them. */
  readonly clientTokenMs: number;
  readonly sessionTokenMs: number;
  /** How long a session lives that has no acquired master. */
  readonly anonymousSessionMs: number;
  /** Percentage of the session capacity that such sessions take at most. */
  readonly anonymousPercent: number;
  /** Workers per running server, and sessions per worker, at most. */
  readonly workerLimit: number;
  readonly sessionLimit: number;
  /** Token requests that one source may make in a minute; 0 for no limit. */
  readonly tokenRequestsPerMinute: number;
  /** How long the lease of a running server on its workers runs. */
  readonly leaseMs: number;
  /** How often each cleaner sweeps. */
  readonly cleanerIntervalsMs: Readonly<Record<CleanerName, number>>;
  /** How long records of logins and logouts are kept. */
  readonly loginRecordMs: number;
  /** What one transaction of a cleaner removes at most. */
  readonly cleanerBatchSize: number;
  /** How watches are limited. */
  readonly watch: WatchSettings;
  /** How long users and masters that are marked for removal can be recovered. */
  readonly removalDelayMs: number;
  /** Whether they may be removed before. */
  readonly forcedRemoval: boolean;
  /** How many users a new master may have. */
  readonly defaultSubordinateLimit: number;
  /** How many wallets and clocks a user may have, and sheets of one kind each of these. */
  readonly walletsPerAccount: number;
  readonly clocksPerAccount: number;
  readonly sheetsPerKind: number;
  /** Terms of a new master: how far its pool may go below zero; 0 for prepay. */
  readonly newMasterCreditLimit: bigint;
  readonly newMasterSelfSupply: boolean;
  /** A further acquire key that fits every master, for trying things out; null for none. */
  readonly defaultAcquireKey: string | null;
  /** Whether masters may choose an acquire key, as the predecessor's clients do. */
  readonly chosenAcquireKeys: boolean;
  /** Whether who is logged in may set a new password without the current one, as the predecessor's clients do. */
  readonly legacyPasswordEdit: boolean;
  /** Cost of a password hash (argon2id). */
  readonly passwordMemoryKib: number;
  readonly passwordIterations: number;
  /** How many passwords before the present one may not be used again. */
  readonly passwordHistory: number;
  /** Span of time in which failed logins and wrong keys are counted. No other span of the throttle is longer. */
  readonly throttleSpanMs: number;
  readonly loginLimits: LoginLimits;
  /** Wrong keys of one kind that one source may send in a span; 0 for any number. */
  readonly keyFailuresPerSource: number;
  /** Keys the hashes of e-mails in the audit trail. */
  readonly auditKey: string;
  /** Encrypt the secrets of one-time passwords: the first one; the others only decrypt. */
  readonly secretsKeys: readonly VaultKey[];
  /** Milliseconds that one credit buys on a new clock. */
  readonly clockMsPerCredit: number;
  /** Contact lists per user, and contacts per list, at most. */
  readonly contactLists: number;
  readonly contactRecords: number;
  /** Issue reports from one source: in a span of the throttle (0 for any number), and open at most; and open from all. */
  readonly issueReportsPerSource: number;
  readonly openIssueReportsPerSource: number;
  readonly openIssueReports: number;
  /** How often timers are looked for that have run out. */
  readonly clockPollMs: number;
  /** Accounts per ledger transaction, and operations waiting for one, at most. */
  readonly ledgerBatchSize: number;
  readonly ledgerQueueSize: number;
};
