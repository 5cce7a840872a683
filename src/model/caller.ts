import { DomainError } from './errors.js';
import { formatId } from './public-id.js';
import type { PartyWallet } from './wallet.js';

/** What every check of a master needs: loaded with each call, never cached. Times are Unix ms. */
export type MasterStanding = {
  readonly id: bigint;
  readonly frozenTime: number | null;
  readonly unlinkTime: number | null;
  readonly poolAccountId: bigint;
  readonly selfSupply: boolean;
};

/** What every check of a user needs. */
export type UserStanding = {
  readonly id: bigint;
  readonly masterId: bigint;
  readonly unlinkTime: number | null;
  readonly activeWalletId: bigint | null;
  /** That wallet, as far as it was looked up with the user. */
  readonly activeWallet?: PartyWallet | null;
};

/** A client token that was proved. */
export type CallerClientToken = {
  readonly id: bigint;
  readonly masterId: bigint | null;
  readonly expireTime: number;
};

/** A session that was proved by its token. */
export type CallerSession = {
  readonly id: bigint;
  readonly tokenId: bigint;
  readonly expireTime: number;
  /** The active user; null when nobody is logged in. */
  readonly activeUserId: bigint | null;
  /** The logged-in master; null when none is. */
  readonly activeMasterId: bigint | null;
};

/** Who is calling: whatever the credentials of the call proved. Parts that were not proved are null. */
export type Caller = {
  readonly clientToken: CallerClientToken | null;
  readonly session: CallerSession | null;
  /** The backend key that was proved. */
  readonly backendKeyId: bigint | null;
  /** The acquired master, the logged-in master of a session, or the master of the backend key. */
  readonly master: MasterStanding | null;
  /** The active user, or the user that the backend acts for. */
  readonly user: UserStanding | null;
  /** True for the operator. */
  readonly operator: boolean;
  /**
   * What the state of master or user calls for, when the method looks up a request id first: the domain throws it after that
   * look-up found nothing. For every other method the access middleware has thrown it already.
   */
  readonly standing: DomainError | null;
  /** Network address of the caller, for throttling and the audit. */
  readonly source: string;
};

/** A caller that acts as a user of a master. */
export type UserCaller = Caller & { readonly user: UserStanding; readonly master: MasterStanding };

/** A caller that acts as a master, or for one of its programs. */
export type MasterCaller = Caller & { readonly master: MasterStanding };

/** A caller with a session. */
export type SessionCaller = Caller & {
  readonly clientToken: CallerClientToken;
  readonly session: CallerSession;
};

/** A caller with a client token. */
export type ClientCaller = Caller & { readonly clientToken: CallerClientToken };

/** A caller without any credentials. */
export function anonymousCaller(source: string): Caller {
  return {
    clientToken: null,
    session: null,
    backendKeyId: null,
    master: null,
    user: null,
    operator: false,
    standing: null,
    source,
  };
}

/** The caller as a user. @throws NOT_LOGGED_IN */
export function asUser(caller: Caller): UserCaller {
  if (!caller.user || !caller.master) {
    throw new DomainError('NOT_LOGGED_IN', 'Log a user in on this session first.');
  }
  return caller as UserCaller;
}

/** The caller as a master. @throws MASTER_NOT_ACQUIRED */
export function asMaster(caller: Caller): MasterCaller {
  if (!caller.master) {
    throw new DomainError('MASTER_NOT_ACQUIRED', 'Acquire a master with this client token first.');
  }
  return caller as MasterCaller;
}

/** The caller as a session. @throws CREDENTIALS_MISSING */
export function asSession(caller: Caller): SessionCaller {
  if (!caller.session || !caller.clientToken) {
    throw new DomainError('CREDENTIALS_MISSING', 'Send a client token and its session token.', {
      metadata: { scheme: 'session' },
    });
  }
  return caller as SessionCaller;
}

/** The caller as a client program. @throws CREDENTIALS_MISSING */
export function asClient(caller: Caller): ClientCaller {
  if (!caller.clientToken) {
    throw new DomainError('CREDENTIALS_MISSING', 'Send a client token.', {
      metadata: { scheme: 'client' },
    });
  }
  return caller as ClientCaller;
}

/**
 * The refusal that the states of master and user call for, or undefined when both are in good standing. A master that is pending removal
 * counts as frozen, but for who acts as that master.
 */
export function standingError(
  caller: Caller,
  allowed: { whileFrozen: boolean; whilePendingRemoval: boolean },
): DomainError | undefined {
  const { master, user } = caller;
  const actsAsMaster =
    caller.session?.activeMasterId != null || (caller.backendKeyId !== null && user === null);
  const whilePendingRemoval = actsAsMaster ? allowed.whilePendingRemoval : allowed.whileFrozen;
  const refusal = master
    ? masterStandingError(master, { whileFrozen: allowed.whileFrozen, whilePendingRemoval })
    : undefined;
  if (refusal) return refusal;
  if (user?.unlinkTime && !allowed.whilePendingRemoval) {
    return new DomainError(
      'ACCOUNT_PENDING_REMOVAL',
      'The account is pending removal; recover it.',
      { metadata: { account_id: formatId('account', user.id) } },
    );
  }
  return undefined;
}

/** The refusal that the state of a master calls for, or undefined when it is in good standing. */
export function masterStandingError(
  master: Pick<MasterStanding, 'id' | 'frozenTime' | 'unlinkTime'>,
  allowed = { whileFrozen: false, whilePendingRemoval: false },
): DomainError | undefined {
  const metadata = { master_id: formatId('master', master.id) };
  if (master.frozenTime && !allowed.whileFrozen) {
    return new DomainError('MASTER_FROZEN', 'The master is frozen by the operator.', { metadata });
  }
  if (master.unlinkTime && !allowed.whilePendingRemoval) {
    return new DomainError('MASTER_PENDING_REMOVAL', 'The master is pending removal.', {
      metadata,
    });
  }
  return undefined;
}
