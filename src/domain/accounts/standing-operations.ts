import { randomUuid } from '../../lib/random.js';
import type { AuditEvent } from '../../model/audit.js';
import type {
  AccountChange,
  Drain,
  Operation,
  StandingKind,
  StandingWrite,
} from '../../model/ledger.js';
import { systemAccountId } from '../../model/system-accounts.js';
import type { Ids } from '../../storage/ids.js';
import type { Committer } from '../ledger/committer.js';
import { hashRequest, requestIdOf } from '../ledger/money-request.js';

/** A change of somebody's standing, in words of the ledger. */
export type StandingOperation = {
  readonly kind: StandingKind;
  /** Pool of the master whose accounts it is about: every such operation locks it, so that they come one after another. */
  readonly pool: bigint;
  readonly changes: readonly AccountChange[];
  readonly drains?: readonly Drain[];
  /** Whose row says so; absent when it says so already. */
  readonly standing?: StandingWrite;
  /** When those that it is about came to a stop, Unix ms, if that is earlier: timers stopped then. */
  readonly stopTime?: number | null;
  /** Recorded with it, when it is applied. */
  readonly audit?: AuditEvent | undefined;
};

/** What they are submitted with. */
export type StandingDeps = {
  readonly ids: Ids;
  readonly committer: Committer;
  /** Chooses the slot of the account that takes what running timers have used up. */
  readonly instanceNumber: bigint;
};

const SERVICE = { userId: null, sessionId: null, keyId: null };

/**
 * Submits the change and resolves when it is decided: applied, or refused as a whole. It changes nothing that it finds done, so that it
 * may be submitted again after a failure, and has no request id of the caller's.
 *
 * @throws what {@link Committer.submit} throws
 */
export async function submitStanding(
  { ids, committer, instanceNumber }: StandingDeps,
  { kind, pool, changes, drains = [], standing, stopTime, audit }: StandingOperation,
): Promise<Operation> {
  const decision = await committer.submit({
    id: await ids.next(),
    kind,
    scope: 0n,
    requestId: requestIdOf(randomUuid()),
    requestHash: hashRequest(kind, [pool, standing?.id ?? null]),
    accountId: pool,
    credits: 0n,
    movements: [],
    clockwork: {
      usage: systemAccountId('USAGE_MILLISECOND', instanceNumber),
      stopTime: stopTime ?? undefined,
    },
    drains,
    changes,
    ...(standing && { standing }),
    ...(audit && { audit }),
    actor: SERVICE,
  });
  return decision.operation;
}
