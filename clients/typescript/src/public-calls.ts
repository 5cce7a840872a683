import type { Caller } from './caller.js';
import { type WatchClockRequest, watchClock } from './clock-watch.js';
import { AccountServiceDefinition } from './generated/ewallet/v1/account_service.js';
import {
  ClockServiceDefinition,
  type WatchClockResponse,
} from './generated/ewallet/v1/clock_service.js';
import { ContactServiceDefinition } from './generated/ewallet/v1/contact_service.js';
import { ConversionSheetServiceDefinition } from './generated/ewallet/v1/conversion_sheet_service.js';
import { InvoiceSheetServiceDefinition } from './generated/ewallet/v1/invoice_sheet_service.js';
import { IssueServiceDefinition } from './generated/ewallet/v1/issue_service.js';
import { MasterServiceDefinition } from './generated/ewallet/v1/master_service.js';
import { SessionServiceDefinition } from './generated/ewallet/v1/session_service.js';
import { TimeSheetServiceDefinition } from './generated/ewallet/v1/time_sheet_service.js';
import { TransferSheetServiceDefinition } from './generated/ewallet/v1/transfer_sheet_service.js';
import { WalletServiceDefinition } from './generated/ewallet/v1/wallet_service.js';
import type { Orders } from './order-book.js';
import { type PaymentAnswer, type PaymentStreamOptions, streamPayments } from './payment-stream.js';
import { createCalls, type ServiceCalls } from './service.js';
import type { WatchOptions } from './watch.js';

/** The calls about wallets. */
export type WalletCalls = ServiceCalls<typeof WalletServiceDefinition> & {
  /**
   * Pays, transfers and supplies down one stream. Answers come in the order in which they settle; at most `maxUnanswered` orders are under
   * way. When the stream breaks, what was not answered is sent again with the same request ids.
   */
  readonly streamPayments: (
    orders: Orders,
    options?: PaymentStreamOptions,
  ) => AsyncGenerator<PaymentAnswer, void, undefined>;
};

/** The calls about clocks. */
export type ClockCalls = ServiceCalls<typeof ClockServiceDefinition> & {
  /** Watches a clock for as long as it is read, whatever happens to the connection. */
  readonly watchClock: (
    request?: WatchClockRequest,
    options?: WatchOptions,
  ) => AsyncGenerator<WatchClockResponse, void, undefined>;
};

/** The calls of the public listener, a group for each service. */
export type PublicCalls = {
  readonly sessions: ServiceCalls<typeof SessionServiceDefinition>;
  readonly masters: ServiceCalls<typeof MasterServiceDefinition>;
  readonly accounts: ServiceCalls<typeof AccountServiceDefinition>;
  readonly wallets: WalletCalls;
  readonly clocks: ClockCalls;
  readonly transferSheets: ServiceCalls<typeof TransferSheetServiceDefinition>;
  readonly invoiceSheets: ServiceCalls<typeof InvoiceSheetServiceDefinition>;
  readonly conversionSheets: ServiceCalls<typeof ConversionSheetServiceDefinition>;
  readonly timeSheets: ServiceCalls<typeof TimeSheetServiceDefinition>;
  readonly contacts: ServiceCalls<typeof ContactServiceDefinition>;
  readonly issues: ServiceCalls<typeof IssueServiceDefinition>;
};

/** Creates the calls of the public listener. */
export function createPublicCalls(caller: Caller): PublicCalls {
  return {
    sessions: createCalls(caller, SessionServiceDefinition),
    masters: createCalls(caller, MasterServiceDefinition),
    accounts: createCalls(caller, AccountServiceDefinition),
    wallets: {
      ...createCalls(caller, WalletServiceDefinition),
      streamPayments: (orders, options) => streamPayments(caller, orders, options),
    },
    clocks: {
      ...createCalls(caller, ClockServiceDefinition),
      watchClock: (request, options) => watchClock(caller, request, options),
    },
    transferSheets: createCalls(caller, TransferSheetServiceDefinition),
    invoiceSheets: createCalls(caller, InvoiceSheetServiceDefinition),
    conversionSheets: createCalls(caller, ConversionSheetServiceDefinition),
    timeSheets: createCalls(caller, TimeSheetServiceDefinition),
    contacts: createCalls(caller, ContactServiceDefinition),
    issues: createCalls(caller, IssueServiceDefinition),
  };
}
