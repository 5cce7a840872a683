import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../src/domain/ledger/digest.js';
import { evaluate } from '../../src/domain/ledger/evaluate.js';
import type { OperationWrites } from '../../src/model/ledger.js';
import {
  accountWith,
  paymentDraft,
  requestHashFor,
  requestIdFor,
} from '../support/ledger-drafts.js';

/** Writes with something in every field, so that a change of any can be tried. */
function fullWrites(): OperationWrites {
  const side = { userId: 21n, walletId: 22n, sheetId: 23n };
  const accounts = [accountWith({ id: 1n, balance: 50n }), accountWith({ id: 2n })];
  const draft = paymentDraft(9n, 1n, 2n, 20n, {
    movements: [
      { debit: 1n, credit: 2n, unit: 'CREDIT', amount: 20n },
      { debit: 2n, credit: 1n, unit: 'CREDIT', amount: 5n },
    ],
    changes: [
      { account: 1n, floor: -3n, state: 'FROZEN' },
      { account: 2n, floor: -4n },
    ],
    actor: { userId: 31n, sessionId: 32n, keyId: 33n },
    transfer: { kind: 'PAYMENT', payer: side, payee: side, payerMasterId: 24n },
    invoice: {
      seller: side,
      sellerMasterId: 25n,
      buyer: side,
      cost: { currency: 'EUR', units: 4n, nanos: 500_000_000 },
    },
  });
  const state = {
    accounts: new Map(accounts.map((account) => [account.id, account])),
    decided: new Map(),
    now: 1_000,
  };
  const decision = evaluate([draft], state).decisions[0];
  if (decision?.kind !== 'decided') throw new Error('The draft was not decided.');
  const refusal = { code: 'BELOW_FLOOR', accountId: 1n, balance: 7n, amount: 8n } as const;
  const { kind: _, ...writes } = decision;
  return { ...writes, operation: { ...writes.operation, refusal }, clocks: fullClockWrites() };
}

function fullClockWrites(): NonNullable<OperationWrites['clocks']> {
  const written = { operationId: 9n, clockId: 41n, createTime: 1_000 };
  const counted = { spentMs: 46, pausedMs: 47, pauseCount: 48, timeSheetId: 49n };
  const timer = {
    ...counted,
    state: 'ACTIVE',
    runId: 42n,
    startTime: 43,
    resumeTime: 44,
    pauseTime: 45,
    runsOutTime: 50,
    lastRecordId: 51n,
    lastStopReason: 'USER',
  } as const;
  const run = { runId: 61n, startTime: 62, stopTime: 63, stopReason: 'EXHAUSTED' } as const;
  return {
    changes: [{ ...written, clockVersion: 52n, remaining: 53n, timer }],
    records: [{ ...written, ...counted, ...run, userId: 64n, clockVersion: 65n }],
    conversion: {
      ...written,
      kind: 'TO_CLOCK',
      userId: 71n,
      walletId: 72n,
      sheetId: 73n,
      credits: 74n,
      timeMs: 75n,
      msPerCredit: 76,
      clockVersion: 77n,
    },
  };
}

type Path = readonly (string | number)[];

/** The paths of all values within `value`. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (Buffer.isBuffer(value) || value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]));
}

function at(value: unknown, path: Path): unknown {
  return path.reduce((part, key) => (part as Record<string, unknown>)[key], value);
}

function replaced(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  const parts = copy as Record<string, unknown>;
  parts[key] = replaced(parts[key], rest, change);
  return copy;
}

/** Another value of the same type. */
function other(value: unknown): unknown {
  if (Buffer.isBuffer(value))
    return Buffer.from(value.map((byte, index) => byte ^ (index ? 0 : 1)));
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'number') return value + 1;
  return `${value}x`;
}

/** Fields that say again what another field of the same row or its operation says: one column, or none. */
function isCopy(path: Path): boolean {
  const name = path.at(-1);
  const inPart = path[0] !== 'operation';
  return inPart && (name === 'operationId' || name === 'createTime');
}

const paths = pathsOf(fullWrites()).filter((path) => !isCopy(path));

test('the writes that are tried have every part', () => {
  expect(paths.length).toBeGreaterThan(60);
  expect(new Set(paths.map(([part]) => part))).toEqual(
    new Set(['operation', 'entries', 'changes', 'transfer', 'invoice', 'clocks']),
  );
});

test.each(paths.map((path) => [path.join('.'), path] as const))(
  'another value, and none, in %s give other digests',
  (_, path) => {
    const writes = fullWrites();
    const original = digestOf(writes).toString('hex');
    const changed = replaced(writes, path, other) as OperationWrites;
    expect(digestOf(changed).toString('hex')).not.toBe(original);
    if (Buffer.isBuffer(at(writes, path))) return;
    const emptied = replaced(writes, path, () => null) as OperationWrites;
    expect(digestOf(emptied).toString('hex')).not.toBe(original);
  },
);

test('a part more or less gives another digest', () => {
  const writes = fullWrites();
  const variants: OperationWrites[] = [
    writes,
    { ...writes, entries: writes.entries.slice(0, 1) },
    { ...writes, entries: [...writes.entries].reverse() },
    { ...writes, changes: [] },
    { ...writes, transfer: null },
    { ...writes, invoice: null },
    { ...writes, clocks: null },
    { ...writes, clocks: { ...fullClockWrites(), records: [] } },
    { ...writes, clocks: { ...fullClockWrites(), conversion: null } },
    { ...writes, operation: { ...writes.operation, refusal: null } },
  ];
  const digests = variants.map((variant) => digestOf(variant).toString('hex'));
  expect(new Set(digests).size).toBe(variants.length);
});

test('neither the order in which changes are read nor who holds the bytes matters', () => {
  const writes = fullWrites();
  const reread: OperationWrites = {
    ...writes,
    changes: [...writes.changes].reverse(),
    operation: {
      ...writes.operation,
      requestId: Buffer.from(requestIdFor(9n)),
      requestHash: Buffer.from(requestHashFor('content')),
    },
  };
  expect(digestOf(reread)).toEqual(digestOf(writes));
  expect(digestOf(writes)).toHaveLength(32);
});

test('values cannot trade places or digits with their neighbours', () => {
  const { operation, ...rest } = fullWrites();
  const withActor = (userId: bigint | null, sessionId: bigint | null, keyId: bigint | null) =>
    digestOf({ ...rest, operation: { ...operation, actor: { userId, sessionId, keyId } } });
  const id = fc.option(fc.bigInt({ min: 0n, max: 130n }), { nil: null });
  const actor = fc.tuple(id, id, id);
  fc.assert(
    fc.property(actor, actor, (a, b) => {
      const same = String(a) === String(b) && a.every((value, index) => value === b[index]);
      expect(withActor(...a).equals(withActor(...b))).toBe(same);
    }),
    { numRuns: 500 },
  );
});
