import { ErrorInfo } from '../../../generated/google/rpc/error_details.js';
import { Status as RpcStatus } from '../../../generated/google/rpc/status.js';
import type { Reason, StatusName } from '../../model/reasons.js';
import { fieldsOf, writeReply } from './reply-shape.js';

/** The layer that the predecessor named in every failure that came over HTTP. */
const LEVEL = 'session-manager';

/**
 * Why an instruction failed. A warning is a refusal that a client has to expect; an error is a request that cannot be understood, or a
 * fault. Neither text ever repeats what was sent.
 */
export class InstructionFailure extends Error {
  override readonly name = 'InstructionFailure';
  readonly severity: 'warning' | 'error';
  readonly details: string;

  constructor(severity: 'warning' | 'error', message: string, details = '') {
    super(message);
    this.severity = severity;
    this.details = details;
  }
}

/** A request that says nothing that could be done. */
export function malformed(message: string, details = ''): InstructionFailure {
  return new InstructionFailure('error', message, details);
}

const faults: ReadonlySet<StatusName> = new Set([
  'INTERNAL',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
]);

/** A failed call of the API as a failure: the reason leads its details, where programs look for it. */
export function fromStatus(
  status: StatusName,
  message: string,
  reason: string,
): InstructionFailure {
  return new InstructionFailure(faults.has(status) ? 'error' : 'warning', message, reason);
}

/** The reason in the details of a status, as it went into the trailer of a call. */
export function reasonOf(bytes: unknown): Reason | '' {
  if (!(bytes instanceof Uint8Array)) return '';
  const info = RpcStatus.decode(bytes).details[0];
  return info ? (ErrorInfo.decode(info.value).reason as Reason) : '';
}

/** The answer to an instruction that failed. */
export function writeFailure({ severity, message, details }: InstructionFailure): string {
  const shape = fieldsOf({
    failed: 'bool',
    level: 'string',
    [severity]: 'string',
    details: 'string',
  });
  return writeReply(shape, { failed: true, level: LEVEL, [severity]: message, details });
}

/** The shape of every failure, for people to read. */
export const describedFailure = {
  failed: 'bool',
  level: 'string',
  'warning|error': 'string',
  details: 'string',
} as const;
