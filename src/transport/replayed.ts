import type { CallContext } from 'nice-grpc';

/** Trailer that marks an outcome which an earlier request with the same id had decided. */
export const REPLAYED_TRAILER = 'ewallet-replayed';

/** Marks the reply when the outcome is given again, and gives the outcome. */
export function markReplayed<T extends { readonly replayed: boolean }>(
  context: Pick<CallContext, 'trailer'>,
  outcome: T,
): T {
  if (outcome.replayed) context.trailer.set(REPLAYED_TRAILER, 'true');
  return outcome;
}
