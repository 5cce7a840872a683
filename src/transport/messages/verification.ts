import {
  VerifyLedgerMode,
  type VerifyLedgerResponse,
} from '../../../generated/ewallet/system/v1/system_service.js';
import type { LedgerVerdict, VerifyMode } from '../../domain/ledger/verdict.js';
import { formatOptionalId } from '../../model/public-id.js';
import { toDuration } from '../convert.js';

/** Differences given when the request names no number. */
export const DEFAULT_MAX_DIFFERENCES = 100;

/** The mode that a request asks for. */
export function fromVerifyLedgerMode(mode: VerifyLedgerMode): VerifyMode {
  return mode === VerifyLedgerMode.VERIFY_LEDGER_MODE_INCREMENTAL ? 'incremental' : 'full';
}

/** A verdict as the operator's API tells it. */
export function toVerifyLedgerResponse(verdict: LedgerVerdict): VerifyLedgerResponse {
  return {
    verified: verdict.verified,
    complete: verdict.complete,
    accountCount: BigInt(verdict.accountCount),
    entryCount: BigInt(verdict.entryCount),
    operationCount: BigInt(verdict.operationCount),
    recordCount: BigInt(verdict.recordCount),
    differenceCount: BigInt(verdict.differenceCount),
    differences: verdict.differences.map(({ code, ledgerAccount, operationId, description }) => ({
      code,
      ledgerAccount: ledgerAccount ?? 0n,
      operationId: formatOptionalId('operation', operationId),
      description,
    })),
    warnings: [...verdict.warnings],
    runDuration: toDuration(verdict.durationMs),
    mode:
      verdict.mode === 'full'
        ? VerifyLedgerMode.VERIFY_LEDGER_MODE_FULL
        : VerifyLedgerMode.VERIFY_LEDGER_MODE_INCREMENTAL,
  };
}
