/** A kind of journal. Transfer and invoice sheets belong to wallets, conversion and time sheets to clocks. */
export type SheetKind = 'TRANSFER' | 'INVOICE' | 'CONVERSION' | 'TIME';

/** A sheet: a named journal of a wallet or clock. Times are Unix ms. */
export type Sheet = {
  readonly id: bigint;
  readonly kind: SheetKind;
  /** The wallet or clock that it belongs to. */
  readonly ownerId: bigint;
  readonly userId: bigint;
  readonly reference: string;
  /** Whether new records of its owner go to it. */
  readonly active: boolean;
  readonly createTime: number;
  /** When it was last changed, or got its newest record, whichever is later. */
  readonly updateTime: number;
};
