import type { EWalletError } from './errors.js';
import type { Method } from './method.js';

/** Refusals that pass by themselves, after the wait that the server names. */
const passing = new Set(['RATE_LIMITED', 'SESSION_CAPACITY_REACHED']);
/** Refusals of the server before it did anything. */
const nothingDone = new Set(['OVERLOADED', 'TRANSACTION_CONTENTION', 'SWEEP_RUNNING']);
const unknown = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'CANCELLED', 'UNKNOWN']);
/** A fault of the server, or a connection that was cut: most often the next attempt tells which. */
const MAX_INTERNAL_ATTEMPTS = 3;

/** Whether a call that may be repeated has a chance when it is. */
export function mayRetry({ code, reason, attempts }: EWalletError): boolean {
  if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED') return true;
  // The server saw the deadline of the attempt pass.
  if (code === 'CANCELLED') return true;
  if (code === 'INTERNAL') return attempts < MAX_INTERNAL_ATTEMPTS;
  return reason !== undefined && passing.has(reason);
}

/** Whether a call was refused for who calls, and did nothing: with credentials renewed, or after a login, it may be sent again. */
export function isAboutCaller({ code, reason }: EWalletError): boolean {
  return code === 'UNAUTHENTICATED' || reason === 'MASTER_NOT_ACQUIRED';
}

/** Whether a write may have happened although the call failed so. */
export function isOutcomeUnknown(method: Method, { code, reason }: EWalletError): boolean {
  if (method.definition.options.idempotencyLevel === 'NO_SIDE_EFFECTS') return false;
  return unknown.has(code) && !(reason !== undefined && nothingDone.has(reason));
}
