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
  readonly createTime: number;
  /** When the wallet or its ledger account was last changed, whichever is later. */
  readonly updateTime: number;
};
