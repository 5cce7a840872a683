import { ceilingOf, type LedgerAccountState } from '../../model/ledger.js';
import type { LedgerCode } from '../../model/ledger-codes.js';
import type { CheckedAccount, Checkpoint } from '../../storage/ledger-checkpoints.js';
import type { AccountItem, AccountRead } from '../../storage/ledger-verify-accounts.js';
import { shapeOf } from './operation-shapes.js';
import type { Report } from './verify-run.js';

/** One account, derived again from its entries and changes. */
export type AccountFold = {
  /** Takes the next item; they come in the order of their versions, up to the account's. */
  take(item: AccountItem): void;
  /** Compares what was derived with the account. Returns the time of the last item, Unix ms; that of the checkpoint if there is none. */
  end(): number;
};

/** What the items so far come to. */
type Derived = {
  next: bigint;
  /** Sum of all amounts. */
  sum: bigint;
  /** Balance that the last entry says it left: a break in the chain is told once. */
  chain: bigint;
  floor: bigint | null;
  state: LedgerAccountState;
  time: number;
};

type Tell = (code: LedgerCode, operation: bigint | null, description: string) => void;

/**
 * Begins the fold of an account that was read at some version; what it got later is left out.
 *
 * `since`: `beginning` folds all items and holds what they come to against the checkpoint on the way; `checkpoint` takes the
 * checkpoint for what the items up to it come to.
 */
export function foldAccount(
  { account, checkpoint }: Pick<CheckedAccount, 'account' | 'checkpoint'>,
  since: 'beginning' | 'checkpoint',
  report: Report,
): AccountFold {
  const derived = checkpoint && since === 'checkpoint' ? from(checkpoint) : beginningOf(account);
  const tell: Tell = (code, operation, description) =>
    report(code, { account: account.id, operation }, description);

  return {
    take(item) {
      checkPlace(derived, item, tell);
      if (item.version === 0n) checkOpening(account, item, tell);
      if (item.kind === 'change') takeChange(account, derived, item, tell);
      else takeEntry(account, derived, item, tell);
      if (item.version === checkpoint?.version) checkWitness(checkpoint, derived, tell);
    },
    end() {
      compare(account, derived, tell);
      return derived.time;
    },
  };
}

function beginningOf({ floor, createTime }: AccountRead): Derived {
  return { next: 0n, sum: 0n, chain: 0n, floor, state: 'OPEN', time: createTime };
}

function from({ version, balance, floor, state, updateTime }: Checkpoint): Derived {
  return { next: version + 1n, sum: balance, chain: balance, floor, state, time: updateTime };
}

/** A checkpoint bears witness of what the items up to its version came to when it was written. */
function checkWitness(checkpoint: Checkpoint, derived: Derived, tell: Tell): void {
  const facts: [name: string, then: unknown, now: unknown][] = [
    ['balance', checkpoint.balance, derived.sum],
    ['floor', checkpoint.floor, derived.floor],
    ['state', checkpoint.state, derived.state],
  ];
  for (const [name, then, now] of facts) {
    if (then === now) continue;
    const text = `Version ${checkpoint.version} leaves the ${name} ${now}; when the checkpoint was written it left ${then}.`;
    tell('CHECKPOINT_DIFFERS', null, text);
  }
}

function checkPlace(derived: Derived, item: AccountItem, tell: Tell): void {
  const { version, operationId, createTime } = item;
  if (version < derived.next) {
    tell('VERSION_REPEATED', operationId, `Version ${version} comes again.`);
  } else if (version > derived.next) {
    const code = derived.next === 0n ? 'OPENING_DIFFERS' : 'VERSION_GAP';
    tell(code, operationId, `Version ${version} follows where ${derived.next} is expected.`);
  }
  if (version >= derived.next) derived.next = version + 1n;
  if (createTime < derived.time) {
    const text = `Version ${version} is of ${createTime}, before ${derived.time}.`;
    tell('TIME_DISORDERED', operationId, text);
  } else derived.time = createTime;
}

/** An account begins open and unchanged, with the floor that its kind calls for, at the time at which it was made. */
function checkOpening(account: AccountRead, item: AccountItem, tell: Tell): void {
  if (item.kind !== 'change') {
    tell('OPENING_DIFFERS', item.operationId, 'An entry has version 0.');
    return;
  }
  if (item.operationId !== 0n) {
    tell('OPENING_DIFFERS', item.operationId, `The opening names operation ${item.operationId}.`);
  }
  if (item.state !== 'OPEN') {
    tell('OPENING_DIFFERS', null, `The account opens in the state ${item.state}.`);
  }
  if (!isOpeningFloor(account, item.floor)) {
    tell('OPENING_DIFFERS', null, `A ${account.kind} opens with the floor ${item.floor}.`);
  }
  if (item.createTime !== account.createTime) {
    const text = `The account was made at ${account.createTime}, its opening at ${item.createTime}.`;
    tell('CREATE_TIME_DIFFERS', null, text);
  }
}

function isOpeningFloor({ kind, masterId }: AccountRead, floor: bigint | null): boolean {
  if (masterId === null) return floor === null;
  return kind === 'POOL' ? floor !== null && floor <= 0n : floor === 0n;
}

function takeChange(
  account: AccountRead,
  derived: Derived,
  item: AccountItem & { kind: 'change' },
  tell: Tell,
): void {
  if (derived.state === 'CLOSED') {
    tell(
      'STATE_CROSSED',
      item.operationId,
      `A closed account changes with version ${item.version}.`,
    );
  }
  if (item.state === 'CLOSED' && derived.chain !== 0n) {
    const text = `Version ${item.version} closes the account with ${derived.chain} on it.`;
    tell('STATE_CROSSED', item.operationId, text);
  }
  derived.floor = item.floor;
  derived.state = item.state;
  if (item.version !== 0n) checkMaker(account, derived, item, tell);
}

/**
 * Only an operation that was applied, whose kind changes the account that it is asked for, makes a change; or one about the standing of
 * a master or user, which is asked for a pool (whether it is that of the account's master is looked at with the operation).
 */
function checkMaker(
  account: AccountRead,
  { chain }: Derived,
  { version, operationId, madeBy }: AccountItem & { kind: 'change' },
  tell: Tell,
): void {
  if (!madeBy) {
    const text = `The change of version ${version} names operation ${operationId}, which is not there.`;
    tell('OPERATION_MISSING', operationId, text);
    return;
  }
  const shape = shapeOf(madeBy.kind);
  const isAsked = madeBy.accountId === account.id;
  if (madeBy.isRefused) {
    tell('REFUSED_BUT_WRITTEN', operationId, `It has the change of version ${version}.`);
  } else if (!shape?.changes || !(isAsked || shape.changes === 'any')) {
    const text = `A ${madeBy.kind} asked for account ${madeBy.accountId} made the change of version ${version}.`;
    tell('CHANGES_DIFFER', operationId, text);
  } else if (isAsked && shape.askedFor !== 'clock' && madeBy.balance !== chain) {
    const text = `The operation was answered with ${madeBy.balance}, but left ${chain}.`;
    tell('OUTCOME_DIFFERS', operationId, text);
  }
}

function takeEntry(
  account: AccountRead,
  derived: Derived,
  item: AccountItem & { kind: 'debit' | 'credit' },
  tell: Tell,
): void {
  const { operationId, version, balance } = item;
  const change = item.kind === 'debit' ? -item.amount : item.amount;
  derived.sum += change;
  if (balance !== derived.chain + change) {
    const text = `Version ${version} says it left ${balance}; ${derived.chain} and ${change} make ${derived.chain + change}.`;
    tell('BALANCE_CHAIN_BROKEN', operationId, text);
  }
  derived.chain = balance;
  if (item.unit !== account.unit) {
    tell('UNIT_DIFFERS', operationId, `${item.unit} moves on an account of ${account.unit}.`);
  }
  const isDrained = derived.state === shapeOf(item.entryKind)?.drains?.from;
  if (derived.state !== 'OPEN' && !isDrained) {
    tell('STATE_CROSSED', operationId, `Version ${version} is an entry while ${derived.state}.`);
  }
  if (change < 0n && derived.floor !== null && balance < derived.floor) {
    const text = `Version ${version} left ${balance}, below the floor of ${derived.floor}.`;
    tell('FLOOR_CROSSED', operationId, text);
  }
  if (change > 0n && balance > ceilingOf(account.kind)) {
    const text = `Version ${version} left ${balance}, above the ceiling of a ${account.kind}.`;
    tell('CEILING_CROSSED', operationId, text);
  }
}

function compare(account: AccountRead, derived: Derived, tell: Tell): void {
  const { version, balance, floor, state } = account;
  if (derived.next === 0n) tell('OPENING_DIFFERS', null, 'The account has no opening.');
  else if (version !== derived.next - 1n) {
    const text = `The account has version ${version}, its last item ${derived.next - 1n}.`;
    tell('VERSION_DIFFERS', null, text);
  }
  if (balance !== derived.sum) {
    tell('BALANCE_DIFFERS', null, `The account has ${balance}; its entries make ${derived.sum}.`);
  }
  if (floor !== derived.floor) {
    tell('FLOOR_DIFFERS', null, `The floor is ${floor}; the last change left ${derived.floor}.`);
  }
  if (state !== derived.state) {
    tell('STATE_DIFFERS', null, `The state is ${state}; the last change left ${derived.state}.`);
  }
}
