import type { DescMethod } from '@bufbuild/protobuf';
import { getOption } from '@bufbuild/protobuf';
import {
  type AccessRule as AccessOption,
  Listener,
} from '../../generated/ewallet/options/v1/options.js';
import type { Caller } from '../model/caller.js';
import { type CallerKind, callerKinds } from '../model/credentials.js';
import { DomainError } from '../model/errors.js';
import type { Descriptors, ListenerName } from './descriptors.js';

/** Who may call a method, and in which states. */
export type AccessRule = {
  readonly callers: ReadonlySet<CallerKind>;
  readonly whileFrozen: boolean;
  readonly whilePendingRemoval: boolean;
  /** Whether the registration key is needed as well, unless registration is open. */
  readonly registrationKey: boolean;
  /**
   * Whether the domain looks up a request id first: then a refusal for the standing of master or user is left to it,
   * so that a repeated request gets its first outcome.
   */
  readonly standingLast: boolean;
};

const listeners = { public: Listener.LISTENER_PUBLIC, operator: Listener.LISTENER_OPERATOR };

/**
 * Reads the access rule of a method from the descriptor.
 *
 * @throws Error when it has none, names nobody, or belongs to another listener: the server must not start.
 */
export function readAccessRule(
  method: DescMethod,
  descriptors: Descriptors,
  listener: ListenerName,
): AccessRule {
  const path = `${method.parent.typeName}/${method.name}`;
  const extension = descriptors.registry.getExtension('ewallet.options.v1.access');
  if (!extension) throw new Error('The descriptor set lacks the option "access".');
  const option = getOption(method, extension) as unknown as AccessOption;
  const callers = option.callers.map((value) => callerKinds[value - 1]);
  if (callers.length === 0) throw new Error(`${path} has no access rule.`);
  if (callers.includes(undefined)) throw new Error(`${path} admits an unknown kind of caller.`);
  if (option.listener !== listeners[listener]) {
    throw new Error(`${path} does not belong on the ${listener} listener.`);
  }
  return {
    callers: new Set(callers as CallerKind[]),
    whileFrozen: option.whileFrozen,
    whilePendingRemoval: option.whilePendingRemoval,
    registrationKey: option.registrationKey,
    standingLast: method.input.fields.some((field) => field.name === 'request_id'),
  };
}

const proofs: Record<CallerKind, (caller: Caller) => boolean> = {
  ANYONE: () => true,
  CLIENT: ({ clientToken }) => clientToken !== null,
  SESSION: ({ session }) => session !== null,
  ACQUIRED: ({ session, clientToken, master }) =>
    session !== null && clientToken?.masterId != null && master !== null,
  USER: ({ session, user, master }) =>
    session !== null && session.activeUserId !== null && user !== null && master !== null,
  MASTER: ({ session, master }) => session?.activeMasterId != null && master !== null,
  // A backend that names a user acts as that user, not as the master.
  BACKEND: ({ backendKeyId, user }) => backendKeyId !== null && user === null,
  BACKEND_FOR_USER: ({ backendKeyId, user }) => backendKeyId !== null && user !== null,
  OPERATOR: ({ operator }) => operator,
};

/**
 * Lets the caller pass when it is one of those that the rule admits.
 *
 * @throws CREDENTIALS_MISSING, MASTER_NOT_ACQUIRED, NOT_LOGGED_IN or PERMISSION_DENIED, the first that fits: what the
 *   caller can mend soonest.
 */
export function authorize(rule: AccessRule, caller: Caller): void {
  for (const kind of rule.callers) if (proofs[kind](caller)) return;
  throw caller.backendKeyId === null ? refuseClient(rule, caller) : refuseBackend(rule, caller);
}

function refuseBackend({ callers }: AccessRule, caller: Caller): DomainError {
  if (callers.has('BACKEND_FOR_USER') && caller.user === null) {
    return missing(
      'on-behalf-of',
      'Name the user that the backend acts for: ewallet-on-behalf-of.',
    );
  }
  return denied();
}

function refuseClient({ callers }: AccessRule, caller: Caller): DomainError {
  if (callers.has('OPERATOR'))
    return missing('operator', 'Send authorization: Bearer <operator key>.');
  const forSessions = sessionKinds.some((kind) => callers.has(kind));
  if (!forSessions) {
    return callers.has('CLIENT')
      ? missing('client', 'Send a client token: ewallet-client-id.')
      : missing('backend', 'Send a backend key: ewallet-backend-key.');
  }
  if (caller.session === null) {
    return missing(
      'session',
      'Send a client token (ewallet-client-id) and its session token (authorization: Bearer <session token>).',
    );
  }
  const { activeUserId, activeMasterId } = caller.session;
  // A master logs in on a session without acquiring itself.
  const needsAcquired = callers.has('ACQUIRED') || (callers.has('USER') && activeMasterId === null);
  if (needsAcquired && caller.clientToken?.masterId == null) {
    return new DomainError('MASTER_NOT_ACQUIRED', 'Acquire a master with this client token first.');
  }
  if (activeUserId === null && activeMasterId === null) {
    return new DomainError('NOT_LOGGED_IN', 'Log in on this session first.');
  }
  return denied();
}

const sessionKinds: readonly CallerKind[] = ['SESSION', 'ACQUIRED', 'USER', 'MASTER'];

function missing(scheme: string, message: string): DomainError {
  return new DomainError('CREDENTIALS_MISSING', message, { metadata: { scheme } });
}

function denied(): DomainError {
  return new DomainError('PERMISSION_DENIED', 'The role of the caller may not call this method.');
}
