import type { CallContext } from 'nice-grpc';
import type { KeyThrottle } from '../domain/throttle/key-throttle.js';
import { hasHash, sha256 } from '../lib/hash.js';
import type { Networks } from '../lib/network-texts.js';
import { anonymousCaller, type Caller, standingError } from '../model/caller.js';
import type { CallerKind, Credentials } from '../model/credentials.js';
import { DomainError } from '../model/errors.js';
import { type AccessRule, authorize } from './access.js';
import { readCredentials } from './credentials.js';
import { forwardedKey, sourceOfCall } from './source.js';

/** Who was let in, and what the call carried. */
export type Admitted = {
  readonly caller: Caller;
  readonly credentials: Credentials;
  /**
   * Lets the same call in again, as things are now: for streams, which outlive what was proved at their start. A backend may act for
   * another of its users by `onBehalfOf`, a public id.
   */
  readonly readmit: (onBehalfOf?: string) => Promise<Caller>;
};

/** What decides who is let in on a listener. */
export type AdmissionDeps = {
  /** Proves the credentials of clients and backends; asked only for methods that are not open to anyone. */
  readonly authenticate: (
    credentials: Credentials,
    accepted: ReadonlySet<CallerKind>,
  ) => Promise<Caller>;
  /** Throttles wrong keys. */
  readonly keys: KeyThrottle;
  /** The key that proves the operator; null where the operator is not served. */
  readonly operatorKey: string | null;
  /** The key that registering a master takes; null when registration is open. */
  readonly registrationKey: string | null;
  /** Who is believed where a call comes from. */
  readonly trustedProxies: Networks;
};

/** Lets a call in. @throws DomainError of the kinds UNAUTHENTICATED, PERMISSION_DENIED, FAILED_PRECONDITION */
export type Admission = (
  rule: AccessRule,
  context: Pick<CallContext, 'metadata' | 'peer'>,
) => Promise<Admitted>;

/** Creates what stands before every method: authenticate, authorize, and look at the standing of master and user. */
export function createAdmission(deps: AdmissionDeps): Admission {
  const proveOperator = createKeyCheck(deps.operatorKey);
  const proveRegistration = createKeyCheck(deps.registrationKey);

  async function authenticate(rule: AccessRule, credentials: Credentials): Promise<Caller> {
    const anonymous = anonymousCaller(credentials.source);
    if (rule.callers.has('OPERATOR')) {
      if (credentials.bearer === null) return anonymous;
      const right = proveOperator(credentials.bearer);
      // Throttled whether right or wrong, or trying on would tell the right one.
      await deps.keys.admit(anonymous, 'operator');
      if (right) return { ...anonymous, operator: true };
      throw await deps.keys.refused(anonymous, 'operator', operatorKeyRefused());
    }
    return deps.authenticate(credentials, rule.callers);
  }

  async function admit(rule: AccessRule, credentials: Credentials): Promise<Caller> {
    if (isOpen(rule)) return anonymousCaller(credentials.source);
    const caller = await authenticate(rule, credentials);
    authorize(rule, caller);
    if (rule.registrationKey && deps.registrationKey !== null) {
      const right = proveRegistration(credentials.registrationKey);
      if (credentials.registrationKey === null) throw registrationRefused();
      await deps.keys.admit(caller, 'registration');
      if (!right) throw await deps.keys.refused(caller, 'registration', registrationRefused());
    }
    const standing = standingError(caller, rule);
    if (!standing) return caller;
    if (!rule.standingLast) throw standing;
    return { ...caller, standing };
  }

  return async (rule, { metadata, peer }) => {
    const source = sourceOfCall(peer, metadata.getAll(forwardedKey), deps.trustedProxies);
    const credentials = readCredentials(metadata, source);
    return {
      caller: await admit(rule, credentials),
      credentials,
      readmit: (onBehalfOf = credentials.onBehalfOf ?? undefined) =>
        admit(rule, { ...credentials, onBehalfOf: onBehalfOf ?? null }),
    };
  };
}

function isOpen({ callers }: AccessRule): boolean {
  return callers.size === 1 && callers.has('ANYONE');
}

function createKeyCheck(key: string | null): (given: string | null) => boolean {
  const hash = key === null ? null : sha256(key);
  return (given) => hash !== null && given !== null && hasHash(given, hash);
}

function operatorKeyRefused(): DomainError {
  return new DomainError('OPERATOR_KEY_REFUSED', 'The operator key is wrong.');
}

function registrationRefused(): DomainError {
  return new DomainError(
    'REGISTRATION_KEY_REFUSED',
    'Registering a master takes the registration key of the operator: ewallet-registration-key.',
  );
}
