/** A wallet with what its ledger account holds. Times are Unix ms. */
export type Wallet = {
  /** Also the id of its ledger account. */
  readonly id: bigint;
  readonly userId: bigint;
  readonly reference: string;
  readonly balance: bigint;
  /** How many entries and changes its ledger account has had. */
  readonly version: bigint;
  readonly activeTransferSheetId: bigint | null;
  readonly activeInvoiceSheetId: bigint | null;
  readonly activeClockId: bigint | null;
  readonly createTime: number;
  /** When the wallet or its ledger account was last changed, whichever is later. */
  readonly updateTime: number;
};

/** A wallet as a payment needs it: whose it is, and the sheets that records go to. */
export type PartyWallet = {
  readonly walletId: bigint;
  readonly userId: bigint;
  readonly masterId: bigint;
  readonly transferSheetId: bigint | null;
  readonly invoiceSheetId: bigint | null;
  /** It is out of sight: nothing is paid from it or to it any more. */
  readonly unlinked: boolean;
};

/** Who has no wallet any more, until the next write opens one. */
export type Walletless = {
  readonly walletId: null;
  readonly userId: bigint;
  readonly masterId: bigint;
};
