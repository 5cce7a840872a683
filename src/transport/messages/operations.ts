import {
  OperationKind,
  type Operation as OperationMessage,
  OperationStatus,
} from '../../../generated/ewallet/v1/operation.js';
import { isOfClock } from '../../domain/clocks/refusals.js';
import { formatRequestId } from '../../domain/ledger/money-request.js';
import { refusalError } from '../../domain/wallets/refusals.js';
import type { Operation } from '../../model/ledger.js';
import { formatId } from '../../model/public-id.js';
import { toDuration, toTimestamp } from '../convert.js';

/** Kinds of operation on the wire. */
export const operationKinds: Record<Operation['kind'], OperationKind> = {
  FUND: OperationKind.OPERATION_KIND_FUND,
  SUPPLY: OperationKind.OPERATION_KIND_SUPPLY,
  PAYMENT: OperationKind.OPERATION_KIND_PAYMENT,
  TRANSFER: OperationKind.OPERATION_KIND_TRANSFER,
  TERMS: OperationKind.OPERATION_KIND_TERMS,
  FREEZE: OperationKind.OPERATION_KIND_FREEZE,
  UNFREEZE: OperationKind.OPERATION_KIND_UNFREEZE,
  UNLINK: OperationKind.OPERATION_KIND_UNLINK,
  RECOVER: OperationKind.OPERATION_KIND_RECOVER,
  REMOVE: OperationKind.OPERATION_KIND_REMOVE,
  CLOSE_WALLET: OperationKind.OPERATION_KIND_CLOSE_WALLET,
  TO_CLOCK: OperationKind.OPERATION_KIND_TO_CLOCK,
  FROM_CLOCK: OperationKind.OPERATION_KIND_FROM_CLOCK,
  START: OperationKind.OPERATION_KIND_START,
  PAUSE: OperationKind.OPERATION_KIND_PAUSE,
  RESUME: OperationKind.OPERATION_KIND_RESUME,
  STOP: OperationKind.OPERATION_KIND_STOP,
  RUN_OUT: OperationKind.OPERATION_KIND_RUN_OUT,
  CLOSE_CLOCK: OperationKind.OPERATION_KIND_CLOSE_CLOCK,
};

/** Kinds that are asked for a wallet; the others concern a pool. */
const OF_WALLETS: ReadonlySet<Operation['kind']> = new Set([
  'SUPPLY',
  'PAYMENT',
  'TRANSFER',
  'CLOSE_WALLET',
]);

/** An operation as its caller sees it. */
export function toOperation(operation: Operation): OperationMessage {
  const ofClock = isOfClock(operation);
  return {
    operationId: formatId('operation', operation.id),
    requestId: formatRequestId(operation.requestId),
    kind: operationKinds[operation.kind],
    status: operation.refusal
      ? OperationStatus.OPERATION_STATUS_FAILED
      : OperationStatus.OPERATION_STATUS_APPLIED,
    failureReason: operation.refusal ? refusalError(operation, false).reason : '',
    walletId: OF_WALLETS.has(operation.kind) ? formatId('wallet', operation.accountId) : '',
    credits: operation.credits,
    balanceCredits: ofClock ? 0n : operation.balance,
    createTime: toTimestamp(operation.createTime),
    clockId: ofClock ? formatId('clock', operation.accountId) : '',
    remaining: ofClock ? toDuration(operation.balance) : undefined,
  };
}
