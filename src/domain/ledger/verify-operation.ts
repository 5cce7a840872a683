import type { LedgerCode } from '../../model/ledger-codes.js';
import type { EntryRead } from '../../storage/ledger-verify.js';
import { digestOf } from './digest.js';
import { type OperationShape, shapeOf } from './operation-shapes.js';
import { splitSettled, verifyClockWrites } from './verify-clock-writes.js';
import { checkDrains } from './verify-drains.js';
import type { OperationRows } from './verify-operations.js';
import type { Parties } from './verify-parties.js';
import { verifyRecords } from './verify-records.js';
import type { Report } from './verify-run.js';

/** Notes a difference of the operation that is looked at. */
export type TellOperation = (code: LedgerCode, description: string) => void;

/** Checks one operation against its digest, and what it wrote against what its kind calls for. Pure. */
export function verifyOperation(rows: OperationRows, parties: Parties, report: Report): void {
  const { operation } = rows;
  const tell: TellOperation = (code, description) =>
    report(code, { account: operation.accountId, operation: operation.id }, description);

  if (!digestOf(rows).equals(rows.digest)) {
    tell('DIGEST_DIFFERS', 'The operation, or something that it wrote, is not as it was written.');
  }
  if (rows.torn) tell('OPERATION_INVALID', 'Only some of the columns of a refusal are set.');
  const shape = shapeOf(operation.kind);
  if (!shape) {
    tell('OPERATION_INVALID', `${operation.kind} is no kind of operation.`);
    return;
  }
  checkAsker(rows, shape, parties, tell);
  if (operation.refusal) {
    checkNothingWritten(rows, tell);
    return;
  }
  for (const entry of rows.entries) checkEntry(entry, parties, report);
  if (shape.settles || shape.drains) checkLegs(rows, tell);
  const others = shape.settles
    ? { ...rows, entries: splitSettled(rows.entries, parties).others }
    : rows;
  if (shape.drains) checkDrains(others, shape, parties, tell);
  else if (!shape.conversion) checkEntries(others, shape, parties, tell);
  if (shape.settles || hasClockWrites(rows)) verifyClockWrites(rows, shape, parties, tell);
  checkChanges(rows, shape, parties, tell);
  verifyRecords(rows, shape, parties, tell);
}

/** Who asked fits the scope, and the account that it was asked for is in that scope. */
function checkAsker(
  { operation }: OperationRows,
  shape: OperationShape,
  parties: Parties,
  tell: TellOperation,
): void {
  const { scope, accountId, actor } = operation;
  const account = parties.accounts.get(accountId);
  if (!account) {
    // A refusal may say just that.
    if (operation.refusal?.code !== 'ACCOUNT_MISSING') {
      tell(
        'ACCOUNT_MISSING',
        `The operation was asked for account ${accountId}, which is not there.`,
      );
    }
    return;
  }
  if (shape.askedFor === 'pool' && (account.kind !== 'POOL' || operation.credits !== 0n)) {
    tell('OPERATION_INVALID', `It is asked for ${operation.credits} of a ${account.kind}.`);
  }
  const expectedScope = shape.askedBy === 'operator' ? 0n : account.masterId;
  if (scope !== expectedScope) {
    tell('OPERATION_INVALID', `The scope is ${scope} where ${expectedScope} belongs.`);
  }
  if (shape.askedFor === 'clock' && account.kind !== 'CLOCK') {
    tell('OPERATION_INVALID', `It is asked for a ${account.kind}.`);
  }
  const owner = parties.wallets.get(accountId) ?? parties.clocks.get(accountId);
  const expectedUser = shape.askedBy === 'operator' ? null : owner?.userId;
  if (actor.userId !== expectedUser) {
    tell('OPERATION_INVALID', `User ${actor.userId} asked where ${expectedUser} belongs.`);
  }
  const proofs = [actor.sessionId, actor.keyId].filter((proof) => proof !== null).length;
  if (proofs > (shape.askedBy === 'operator' ? 0 : 1)) {
    tell('OPERATION_INVALID', 'The operation names more sessions and keys than it can have.');
  }
}

function checkNothingWritten(rows: OperationRows, tell: TellOperation): void {
  const { entries, changes, transfer, invoice, hasNotes } = rows;
  const written = [
    ...(entries.length > 0 ? [`${entries.length} entries`] : []),
    ...(changes.length > 0 ? [`${changes.length} changes`] : []),
    ...(transfer ? ['a transfer record'] : []),
    ...(invoice ? ['an invoice record'] : []),
    ...(hasNotes ? ['notes'] : []),
    ...(hasClockWrites(rows) ? ['clock changes or records'] : []),
  ];
  if (written.length > 0) tell('REFUSED_BUT_WRITTEN', `It has ${written.join(', ')}.`);
}

function hasClockWrites({ clocks: { changes, records, conversion } }: OperationRows): boolean {
  return changes.length > 0 || records.length > 0 || conversion !== null;
}

/** The entries of an operation that has any number of them. */
function checkLegs({ operation, entries }: OperationRows, tell: TellOperation): void {
  for (const [leg, entry] of entries.entries()) {
    const facts: [name: string, found: unknown, expected: unknown][] = [
      ['leg', entry.leg, leg],
      ['kind', entry.kind, operation.kind],
      ['time', entry.createTime, operation.createTime],
    ];
    for (const [name, found, expected] of facts) {
      if (found === expected) continue;
      tell('ENTRIES_DIFFER', `The ${name} of the entry is ${found} where ${expected} belongs.`);
    }
  }
}

function checkEntries(
  { operation, entries }: OperationRows,
  shape: OperationShape,
  parties: Parties,
  tell: TellOperation,
): void {
  const [entry, ...more] = entries;
  if (!shape.entry || !entry || more.length > 0) {
    const expected = shape.entry ? 1 : 0;
    if (entries.length !== expected) {
      tell('ENTRIES_DIFFER', `${entries.length} entries where ${expected} belong.`);
    }
    if (!shape.entry && operation.credits !== 0n && !shape.conversion) {
      tell('OPERATION_INVALID', `It was asked for ${operation.credits} credits, but moves none.`);
    }
    return;
  }
  const asked = shape.askedFor === 'debit' ? entry.debit : entry.credit;
  const left = shape.askedFor === 'debit' ? entry.debitBalance : entry.creditBalance;
  const facts: [name: string, found: unknown, expected: unknown][] = [
    ['leg', entry.leg, 0],
    ['kind', entry.kind, operation.kind],
    ['unit', entry.unit, 'CREDIT'],
    ['amount', entry.amount, operation.credits],
    ['time', entry.createTime, operation.createTime],
    [`${shape.askedFor} account`, asked, operation.accountId],
    ['kind of the debit account', parties.accounts.get(entry.debit)?.kind, shape.entry.from],
    ['kind of the credit account', parties.accounts.get(entry.credit)?.kind, shape.entry.to],
  ];
  for (const [name, found, expected] of facts) {
    if (found === expected) continue;
    tell('ENTRIES_DIFFER', `The ${name} of the entry is ${found} where ${expected} belongs.`);
  }
  if (left !== operation.balance) {
    tell('OUTCOME_DIFFERS', `It was answered with ${operation.balance}, but left ${left}.`);
  }
}

/** What holds for every entry, whatever its operation: an amount, two accounts, one unit, one tenant. */
function checkEntry(entry: EntryRead, { accounts }: Parties, report: Report): void {
  const { operationId: operation, debit, credit, unit, amount } = entry;
  if (amount <= 0n || debit === credit) {
    const text = `Leg ${entry.leg} moves ${amount} from account ${debit} to ${credit}.`;
    report('ENTRY_INVALID', { operation, account: debit }, text);
  }
  const from = accounts.get(debit);
  const to = accounts.get(credit);
  // A missing account is told of where the accounts are read.
  if (!from || !to) return;
  if (from.unit !== unit || to.unit !== unit) {
    const text = `Leg ${entry.leg} moves ${unit} from ${from.unit} to ${to.unit}.`;
    report('UNIT_DIFFERS', { operation, account: debit }, text);
  }
  if (from.masterId !== null && to.masterId !== null && from.masterId !== to.masterId) {
    const text = `Leg ${entry.leg} moves from master ${from.masterId} to ${to.masterId}.`;
    report('TENANT_CROSSED', { operation, account: debit }, text);
  }
}

function checkChanges(
  { operation, changes, clocks }: OperationRows,
  shape: OperationShape,
  { accounts }: Parties,
  tell: TellOperation,
): void {
  if (shape.changes !== 'any' && changes.length !== shape.changes) {
    tell('CHANGES_DIFFER', `${changes.length} changes where ${shape.changes} belong.`);
  }
  const masterId = accounts.get(operation.accountId)?.masterId;
  const marks = new Set(
    clocks.records.map(({ clockId, clockVersion }) => `${clockId} ${clockVersion}`),
  );
  for (const { accountId, version, state, createTime } of changes) {
    if (createTime !== operation.createTime) {
      tell('CHANGES_DIFFER', `The change of version ${version} is of another time.`);
    }
    const isMark = marks.has(`${accountId} ${version}`) && state === 'OPEN';
    if (shape.leaves && !shape.leaves.includes(state) && !isMark) {
      tell('CHANGES_DIFFER', `It left account ${accountId} ${state}.`);
    }
    if (accounts.get(accountId)?.masterId !== masterId) {
      tell('CHANGES_DIFFER', `Account ${accountId} is of another master.`);
    }
  }
  if (shape.askedFor !== 'changed') return;
  const others = changes.filter(({ accountId }) => accountId !== operation.accountId);
  if (others.length === changes.length) {
    tell('CHANGES_DIFFER', `Account ${operation.accountId}, which it was asked for, is as it was.`);
  }
  for (const { accountId } of others) {
    if (accounts.get(accountId)?.kind === 'CLOCK') continue;
    tell('CHANGES_DIFFER', `Account ${accountId} goes with no wallet.`);
  }
}
