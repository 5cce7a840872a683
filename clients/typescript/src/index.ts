export { startCountdown, type WatchClockRequest } from './clock-watch.js';
export { type ConnectOptions, connect, type EWallet } from './connect.js';
export { type BackendOptions, connectBackend, type EWalletBackend } from './connect-backend.js';
export {
  connectOperator,
  type EWalletOperator,
  type OperatorOptions,
  type SystemCalls,
} from './connect-operator.js';
export type { CredentialStore, Credentials } from './credentials.js';
export {
  type CodeName,
  EWalletError,
  type FieldViolation,
  LoginLostError,
  type Reason,
} from './errors.js';
export * from './generated/ewallet/system/v1/system_service.js';
export * from './generated/ewallet/v1/account_service.js';
export * from './generated/ewallet/v1/clock_service.js';
export * from './generated/ewallet/v1/contact_service.js';
export * from './generated/ewallet/v1/conversion_sheet_service.js';
export * from './generated/ewallet/v1/error_reason.js';
export * from './generated/ewallet/v1/invoice_sheet_service.js';
export * from './generated/ewallet/v1/issue_service.js';
export * from './generated/ewallet/v1/master_service.js';
export * from './generated/ewallet/v1/operation.js';
export * from './generated/ewallet/v1/session_service.js';
export * from './generated/ewallet/v1/time_sheet_service.js';
export * from './generated/ewallet/v1/transfer_sheet_service.js';
export * from './generated/ewallet/v1/wallet_service.js';
export type { Duration } from './generated/google/protobuf/duration.js';
export type { Timestamp } from './generated/google/protobuf/timestamp.js';
export type { Money } from './generated/google/type/money.js';
export type { CallOptions, ConnectionOptions, TlsOptions } from './options.js';
export type { Orders, PaymentRequest } from './order-book.js';
export type { Listing } from './page.js';
export type { PaymentAnswer, PaymentStreamOptions } from './payment-stream.js';
export type { ClockCalls, PublicCalls, WalletCalls } from './public-calls.js';
export type { Reopening } from './reopen.js';
export type { Replayable, ServiceCalls } from './service.js';
export { durationToMs, msToDuration, msToTimestamp, timestampToMs } from './times.js';
export type { WatchOptions } from './watch.js';
export { keepWorkers, type WatchWorkersRequest } from './worker-watch.js';
