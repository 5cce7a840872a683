/** How a master's pool is funded: PREPAY holds what it supplies, CREDIT may go below zero down to a limit. */
export type Funding = 'PREPAY' | 'CREDIT';

/** What a master may do with its pool. Set by the operator. */
export type MasterTerms = {
  readonly funding: Funding;
  /** How far below zero the pool may go, in credits; 0 unless the funding is CREDIT. */
  readonly creditLimit: bigint;
  /** Whether users may supply themselves from the pool. */
  readonly selfSupply: boolean;
};

/** What a person or business tells about itself. Optional parts are empty when not given. */
export type Profile = {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly alias: string;
};

/** A master: a business account and tenant. Times are Unix ms. */
export type Master = Profile & {
  readonly id: bigint;
  readonly company: string;
  readonly address: string;
  readonly subordinateLimit: number;
  readonly subordinateCount: number;
  readonly terms: MasterTerms;
  readonly poolAccountId: bigint;
  /** Credits in the pool; below zero when it supplied on credit. */
  readonly poolCredits: bigint;
  readonly frozenTime: number | null;
  readonly unlinkTime: number | null;
  readonly createTime: number;
  readonly updateTime: number;
};

/** What a key of a master is for. Neither kind is accepted for the other. */
export type MasterKeyKind = 'ACQUIRE' | 'BACKEND';

/** A key of a master, without the secret. */
export type MasterKey = {
  readonly id: bigint;
  readonly masterId: bigint;
  readonly kind: MasterKeyKind;
  readonly label: string;
  readonly createTime: number;
  readonly updateTime: number;
  /** When it was revoked; null while it works. */
  readonly revokeTime: number | null;
};

/** State of a master or of a user's account. */
export type AccountState = 'ACTIVE' | 'FROZEN' | 'PENDING_REMOVAL';

/** The state of a master. Frozen says more than pending removal: it is not the master's own doing. */
export function masterState(master: {
  frozenTime: number | null;
  unlinkTime: number | null;
}): AccountState {
  if (master.frozenTime !== null) return 'FROZEN';
  return master.unlinkTime === null ? 'ACTIVE' : 'PENDING_REMOVAL';
}

/** The lowest balance that the terms allow the pool. */
export function poolFloor(terms: MasterTerms): bigint {
  return terms.funding === 'CREDIT' ? -terms.creditLimit : 0n;
}
