import { sha256 } from '../../lib/hash.js';
import { DomainError } from '../../model/errors.js';
import type { Decision, Operation, OperationKind } from '../../model/ledger.js';
import type { Database } from '../../storage/database.js';
import { findOperation } from '../../storage/ledger.js';

/** A request that moves credits or time, as its request id knows it. */
export type MoneyRequest = {
  readonly kind: OperationKind;
  /** Whose request ids these are: the master's id, or 0 for the operator. */
  readonly scope: bigint;
  /** 16 bytes. */
  readonly requestId: Buffer;
  /** Of kind and normalised fields: {@link hashRequest}. */
  readonly requestHash: Buffer;
};

/** The operation of a request, and whether it had been decided before. */
export type Settled = { readonly operation: Operation; readonly replayed: boolean };

/** Bytes of a UUID in its text form, whatever its case. */
export function requestIdOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** A request id in its text form, in lower case. */
export function formatRequestId(requestId: Buffer): string {
  const hex = requestId.toString('hex');
  const parts = [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end));
  return parts.join('-');
}

/** Hash of what a request asks for. Every part is written with its length; an absent part differs from an empty one. */
export function hashRequest(
  kind: OperationKind,
  parts: readonly (bigint | number | string | null)[],
): Buffer {
  let text = framed(kind);
  for (const part of parts) text += part === null ? '-:;' : framed(String(part));
  return sha256(text);
}

function framed(part: string): string {
  return `${part.length}:${part};`;
}

/**
 * Runs a request that was authenticated and whose own resources are the caller's: gives the first outcome when the request id was
 * decided before, else prepares and commits.
 *
 * `prepare` resolves whatever depends on the state of today (active wallet, payee, standing) and submits. Should it fail, the request
 * id is looked up before the failure is told: a retry gets its first outcome, whatever has changed since.
 *
 * @throws REQUEST_ID_REUSED, and whatever `prepare` and the committer throw.
 */
export async function settleRequest(
  db: Database,
  request: MoneyRequest,
  prepare: () => Promise<Decision>,
): Promise<{ decision: Decision; settled: Settled }> {
  try {
    const decision = await prepare();
    return { decision, settled: settledBy(request, decision) };
  } catch (error) {
    if (!(error instanceof DomainError) || isPassing(error)) throw error;
    const decision = await findDecision(db, request);
    if (!decision) throw error;
    return { decision, settled: settledBy(request, decision) };
  }
}

/** What a request comes to that was decided before; undefined when none was, as far as can be seen without the locks. */
export async function findDecision(
  db: Database,
  request: MoneyRequest,
): Promise<Decision | undefined> {
  const operation = await findOperation(db, request.scope, request.requestId);
  const same = operation?.requestHash.equals(request.requestHash);
  return operation && { kind: same ? 'replayed' : 'reused', operation };
}

/** Failures of the moment, and those that come from a decision, say nothing about an earlier outcome. */
function isPassing(error: DomainError): boolean {
  return error.reason === 'REQUEST_ID_REUSED' || error.details.retryAfterMs !== undefined;
}

function settledBy(request: MoneyRequest, decision: Decision): Settled {
  if (decision.kind === 'reused') {
    const firstTime = new Date(decision.operation.createTime).toISOString();
    throw new DomainError('REQUEST_ID_REUSED', 'This request id was used for something else.', {
      metadata: { request_id: formatRequestId(request.requestId), first_time: firstTime },
    });
  }
  return { operation: decision.operation, replayed: decision.kind === 'replayed' };
}
