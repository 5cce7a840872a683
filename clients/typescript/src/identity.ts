import type { EWalletError } from './errors.js';
import type { Method } from './method.js';
import type { Patience } from './patience.js';
import type { Headers } from './send.js';

/** Who calls: what proves it, and what to do when the proof does not hold any more. */
export type Identity = {
  /** Metadata that proves the caller of a method; fetched first where there is none. */
  present(method: Method, patience: Patience): Promise<Headers>;
  /**
   * Renews what was presented, after the server refused the call for it. True when the call should be sent again: it did nothing.
   *
   * @throws LoginLostError when the caller has to log in again.
   */
  recover(error: EWalletError, presented: Headers, patience: Patience): Promise<boolean>;
};

/** An identity that is proved by keys, which nothing renews. */
export function identifyBy(headers: Headers): Identity {
  return { present: async () => headers, recover: async () => false };
}
