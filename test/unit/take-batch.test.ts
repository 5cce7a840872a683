import { expect, test } from 'vitest';
import { type Queued, sizeOf, takeBatch } from '../../src/domain/ledger/take-batch.js';
import type { OperationDraft } from '../../src/model/ledger.js';
import { draftWith, paymentDraft } from '../support/ledger-drafts.js';

const ROOMY = { maxAccounts: 400, maxBytes: 4_000_000 };

function queuedOf(draft: OperationDraft, gone = false): Queued {
  return {
    draft,
    bytes: sizeOf(draft),
    waitedMs: () => 0,
    abandoned: () => gone,
    resolve: () => {},
    reject: () => {},
  };
}

/** Payments between accounts that no other payment touches. */
function strangers(count: number): Queued[] {
  return Array.from({ length: count }, (_, index) => {
    const account = BigInt(1_000 + 2 * index);
    return queuedOf(paymentDraft(BigInt(index), account, account + 1n, 1n));
  });
}

function refuseToDrop(): never {
  throw new Error('Nobody is gone.');
}

test('a batch takes from the head, in order, exactly as many accounts as it may', () => {
  const queue = strangers(250);
  const all = [...queue];
  expect(takeBatch(queue, ROOMY, refuseToDrop)).toEqual(all.slice(0, 200));
  expect(queue).toEqual(all.slice(200));
});

test('an account counts once, however many drafts and parts of a draft name it', () => {
  const payments = Array.from({ length: 30 }, (_, index) => {
    return queuedOf(paymentDraft(BigInt(index), 1n, 2n, 1n, { accountId: index % 2 ? 1n : 2n }));
  });
  const queue = [...payments, queuedOf(paymentDraft(99n, 3n, 1n, 1n))];
  expect(takeBatch(queue, { ...ROOMY, maxAccounts: 2 }, refuseToDrop)).toEqual(payments);
});

test('bytes end a batch too, and the sum may reach the limit exactly', () => {
  const queue = strangers(5);
  const bytes = queue[0]?.bytes ?? 0;
  expect(takeBatch(queue, { ...ROOMY, maxBytes: 3 * bytes }, refuseToDrop)).toHaveLength(3);
  expect(takeBatch(queue, { ...ROOMY, maxBytes: bytes + 1 }, refuseToDrop)).toHaveLength(1);
});

test('a draft that is too large for any batch is taken alone', () => {
  const movements = Array.from({ length: 500 }, (_, index) => {
    const debit = BigInt(10 + index);
    return { debit, credit: 1n, unit: 'CREDIT', amount: 1n } as const;
  });
  const large = queuedOf(draftWith({ id: 1n, movements, notes: 'x'.repeat(5_000_000) }));
  const [before, after] = strangers(2) as [Queued, Queued];
  const queue = [before, large, after];
  const batches = [1, 2, 3].map(() => takeBatch(queue, ROOMY, refuseToDrop));
  expect(batches).toEqual([[before], [large], [after]]);
});

test('drafts whose callers are gone are dropped and take no room', () => {
  const dropped: bigint[] = [];
  const gone = strangers(300).map(({ draft }) => queuedOf(draft, true));
  const [here] = strangers(1) as [Queued];
  const queue = [...gone, here];
  const drop = ({ draft }: Queued) => void dropped.push(draft.id);
  expect(takeBatch(queue, ROOMY, drop)).toEqual([here]);
  expect(queue).toEqual([]);
  expect(dropped).toEqual(gone.map(({ draft }) => draft.id));
});

test('when everyone is gone, and when nobody came, the batch is empty', () => {
  const queue = strangers(2).map(({ draft }) => queuedOf(draft, true));
  expect(takeBatch(queue, ROOMY, () => {})).toEqual([]);
  expect(queue).toEqual([]);
  expect(takeBatch(queue, ROOMY, refuseToDrop)).toEqual([]);
});

test('callers are asked when their draft is taken, not before', () => {
  const asked: bigint[] = [];
  const queue = strangers(3).map((queued) => ({
    ...queued,
    abandoned: () => asked.push(queued.draft.id) === 0,
  }));
  takeBatch(queue, { ...ROOMY, maxAccounts: 2 }, refuseToDrop);
  expect(asked).not.toContain(queue.at(-1)?.draft.id);
});

test('a draft that has to wait is passed over, and stays where it was', () => {
  const queue = strangers(5);
  const [first, second, third, fourth, fifth] = queue as [Queued, Queued, Queued, Queued, Queued];
  const mustWait = (queued: Queued) => queued === first || queued === third;
  const three = { ...ROOMY, maxAccounts: 4 };
  expect(takeBatch(queue, three, refuseToDrop, mustWait)).toEqual([second, fourth]);
  expect(queue).toEqual([first, third, fifth]);
  expect(takeBatch(queue, three, refuseToDrop, () => true)).toEqual([]);
  expect(queue).toEqual([first, third, fifth]);
});
