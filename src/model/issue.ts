/** What a client program reports. */
export type IssueTexts = {
  readonly name: string;
  readonly contact: string;
  readonly details: readonly string[];
};

/** A report as lists show it. `source` and texts are empty once nothing may tell about people any more. Times are Unix ms. */
export type IssueReport = Omit<IssueTexts, 'details'> & {
  readonly id: bigint;
  /** The client token that it came with, what this had acquired, and who was logged in on its session. */
  readonly clientTokenId: bigint | null;
  readonly masterId: bigint | null;
  readonly userId: bigint | null;
  /** Bytes that the log had. */
  readonly logSize: number;
  readonly source: string;
  readonly createTime: number;
  readonly updateTime: number;
  /** When it was closed; null while it is open. */
  readonly closeTime: number | null;
};

/** A report with all that was told. */
export type FullIssueReport = IssueReport & {
  readonly details: readonly string[];
  readonly log: Buffer;
};
