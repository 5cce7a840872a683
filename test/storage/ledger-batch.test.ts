import { randomBytes } from 'node:crypto';
import { format } from 'mysql2';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type CommitDeps, commitBatch } from '../../src/domain/ledger/commit-batch.js';
import { digestOf } from '../../src/domain/ledger/digest.js';
import { sizeOf } from '../../src/domain/ledger/take-batch.js';
import type { Decision, OperationDraft } from '../../src/model/ledger.js';
import type { Value } from '../../src/storage/batch-transaction.js';
import type { Database } from '../../src/storage/database.js';
import { findOperation } from '../../src/storage/ledger.js';
import { findInvoice, findTransfer } from '../../src/storage/records.js';
import { createFakeTime } from '../support/fake-time.js';
import {
  balancesOf,
  countTransactions,
  faultsOfBook,
  ISSUER,
  nextId,
  openAccounts,
  readAccounts,
} from '../support/ledger-book.js';
import { draftWith, paymentDraft, requestHashFor } from '../support/ledger-drafts.js';
import { openTestDatabase } from '../support/test-database.js';

let db: Database & { url: string };
let deps: CommitDeps;
let from: bigint;
let to: bigint;

beforeAll(async () => {
  db = await openTestDatabase();
  deps = { db, time: createFakeTime(), pause: async () => {} };
});

beforeEach(async () => {
  [from, to] = (await openAccounts(db, 2)) as [bigint, bigint];
  await commit([paymentDraft(nextId(), ISSUER, from, 1_000n)]);
});

/** Commits a batch that must have a decision for every draft. */
async function commit(drafts: readonly OperationDraft[]): Promise<Decision[]> {
  const settlements = await commitBatch(deps, drafts);
  return settlements.map((settlement) => {
    if ('decision' in settlement) return settlement.decision;
    throw 'error' in settlement ? settlement.error : settlement.heldBack;
  });
}

function pay(amount: bigint, parts: Partial<OperationDraft> = {}): OperationDraft {
  return paymentDraft(nextId(), from, to, amount, parts);
}

test('what a decision says is what the database keeps, in every table', async () => {
  const side = { userId: 3n, walletId: from, sheetId: null };
  const payee = { userId: null, walletId: to, sheetId: 2n ** 62n };
  const cost = { currency: 'EUR', units: 10n ** 16n, nanos: 999_999_999 };
  const draft = pay(5n, {
    actor: { userId: 3n, sessionId: 4n, keyId: null },
    transfer: { kind: 'PAYMENT', payer: side, payee, payerMasterId: null },
    invoice: { seller: payee, sellerMasterId: null, buyer: side, cost },
    changes: [{ account: to, floor: -7n }],
    notes: 'for the coffee',
  });
  const [decision] = await commit([draft]);
  if (decision?.kind !== 'decided') throw new Error('The draft was not decided.');
  expect(await findOperation(db, draft.scope, draft.requestId)).toEqual(decision.operation);
  expect(await findTransfer(db.knex, draft.id)).toEqual({
    record: decision.transfer,
    payerBalance: 995n,
    payeeBalance: 5n,
    notes: 'for the coffee',
  });
  expect((await findInvoice(db.knex, draft.id))?.record).toEqual(decision.invoice);
  const [row] = await db.knex('operations').where({ id: draft.id }).select('digest');
  expect(row.digest).toEqual(digestOf(decision));
  const accounts = await readAccounts(db);
  expect(accounts.get(to)).toMatchObject({ balance: 5n, version: 2n, floor: -7n });
  expect(await faultsOfBook(db)).toEqual([]);
});

test('a replay gives the stored operation, equal in every field to the first answer', async () => {
  const drafts = [pay(5n), pay(100_000n)];
  const first = await commit(drafts);
  const again = await commit(drafts.map((draft) => ({ ...draft, id: nextId() })));
  expect(again).toEqual(first.map(({ operation }) => ({ kind: 'replayed', operation })));
  const reused = await commit([{ ...(drafts[0] ?? pay(1n)), requestHash: requestHashFor('b') }]);
  expect(reused).toEqual([{ kind: 'reused', operation: first[0]?.operation }]);
});

/** Bytes that mean something to SQL, to escaping and to placeholders. */
const NASTY_BYTES: [string, Buffer][] = [
  ['zeros', Buffer.alloc(16)],
  ['trailing zeros', Buffer.from('61620000000000000000000000000000', 'hex')],
  ['spaces at the end', Buffer.from('same            ')],
  ['a zero at the end', Buffer.from('same           \0')],
  ['quotes', Buffer.from(`'"\`''""\`\`'"\`'"\`'`)],
  ['backslashes', Buffer.alloc(16, '\\')],
  ['backslash and quote', Buffer.from(`\\'\\'\\'\\'\\'\\'\\'\\'`)],
  ['placeholders', Buffer.from('?,?,?,??,:a,$1,?')],
  ['comment and statement', Buffer.from("'; COMMIT; -- /*")],
  ['new lines and control', Buffer.from('\n\r\t\x1a\b\0\x7f\n\r\t\x1a\b\0\x7f\x01\x02')],
  ['not UTF-8', Buffer.from('fffefdfcc080edb0809f8080ff00ff00', 'hex')],
];

test('every 16 bytes are a request id of their own and come back unchanged', async () => {
  const drafts = NASTY_BYTES.map(([, requestId]) => {
    const requestHash = Buffer.concat([requestId, Buffer.from(requestId).reverse()]);
    return pay(1n, { requestId, requestHash });
  });
  expect((await commit(drafts)).map(({ kind }) => kind)).toEqual(drafts.map(() => 'decided'));
  const again = await commit(drafts);
  for (const [index, { requestId, requestHash, id }] of drafts.entries()) {
    expect(again[index]).toMatchObject({ kind: 'recovered', operation: { id } });
    expect(again[index]?.operation.requestId.equals(requestId)).toBe(true);
    expect(again[index]?.operation.requestHash.equals(requestHash)).toBe(true);
  }
  expect(await balancesOf(db, [to])).toEqual([BigInt(drafts.length)]);
});

const NASTY_NOTES = [
  `it's "quoted" \`twice\` '' "" \\' \\" \\\\`,
  'ends in a backslash \\',
  '? ?? :name $1 %s {0}',
  "'); DELETE FROM ledger_entries; COMMIT; -- ",
  '/* */ # --',
  '😀 👩‍👩‍👧 ﷽ 日本語 é é',
  'line\nbreak\r\n\ttab \x1a sub \b',
  'a \u0000 in the middle',
  '😀'.repeat(280),
  "'".repeat(280),
  ' leading and trailing ',
];

test('notes come back to the letter, whatever is in them', async () => {
  const drafts = NASTY_NOTES.map((notes) => pay(1n, { notes }));
  await commit(drafts);
  const stored = await Promise.all(drafts.map(({ id }) => findTransfer(db.knex, id)));
  expect(stored.map((transfer) => transfer?.notes)).toEqual(NASTY_NOTES);
  expect(await faultsOfBook(db)).toEqual([]);
});

test('amounts of 10^16 and balances near the ends of 64 bits survive exactly', async () => {
  const wallets = await openAccounts(db, 3);
  const issuers = await openAccounts(db, 2, { kind: 'ISSUER', masterId: null, floor: null });
  const [low = 0n, high = 0n] = issuers;
  const limit = 9n * 10n ** 18n;
  const move = (debit: bigint, credit: bigint, amount: bigint) =>
    paymentDraft(nextId(), debit, credit, amount);
  const decisions = await commit([
    move(low, high, limit - 1n),
    move(low, high, 2n),
    move(low, high, 1n),
    move(low, high, 1n),
    move(high, wallets[0] ?? 0n, 10n ** 16n),
    move(high, wallets[0] ?? 0n, 1n),
    move(high, wallets[1] ?? 0n, 10n ** 16n - 1n),
  ]);
  expect(decisions.map(({ operation }) => operation.refusal?.code ?? null)).toEqual([
    null,
    'BELOW_FLOOR',
    null,
    'BELOW_FLOOR',
    null,
    'ABOVE_CEILING',
    null,
  ]);
  const expected = [-limit, limit - 2n * 10n ** 16n + 1n, 10n ** 16n, 10n ** 16n - 1n];
  expect(await balancesOf(db, [low, high, ...wallets.slice(0, 2)])).toEqual(expected);
  const stored = await findOperation(db, 7n, decisions[1]?.operation.requestId ?? Buffer.alloc(0));
  expect(stored?.refusal).toEqual({
    code: 'BELOW_FLOOR',
    accountId: low,
    balance: 1n - limit,
    amount: 2n,
  });
  // Back to where it began: other tests fold the whole book.
  await commit([
    move(wallets[0] ?? 0n, high, 10n ** 16n),
    move(wallets[1] ?? 0n, high, 10n ** 16n - 1n),
    move(high, low, limit),
  ]);
  expect(await balancesOf(db, issuers)).toEqual([0n, 0n]);
  expect(await faultsOfBook(db)).toEqual([]);
});

test('no batch is larger than what its drafts were estimated at', async () => {
  const drafts = Array.from({ length: 200 }, () => largestPayment());
  const sent: number[] = [];
  db.ledgerPool.on('query', ({ sql, bindings }: { sql: string; bindings: Value[] }) => {
    if (sql.includes('INSERT') || sql.includes('UPDATE')) {
      sent.push(Buffer.byteLength(format(sql, bindings)));
    }
  });
  await commitBatch(deps, drafts);
  const bytes = sent.reduce((sum, one) => sum + one, 0);
  const estimated = drafts.reduce((sum, draft) => sum + sizeOf(draft), 0);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(estimated);
});

/** A payment with the longest of everything; numbers near 2^63. */
function largestPayment(): OperationDraft {
  const long = 2n ** 62n;
  const side = { userId: long, walletId: long, sheetId: long };
  return pay(1n, {
    id: long + nextId(),
    scope: long,
    requestId: randomBytes(16),
    notes: '\u0000'.repeat(280),
    changes: [{ account: from, floor: -long }],
    // No key: one that does not work any more would keep it from being written.
    actor: { userId: long, sessionId: long, keyId: null },
    transfer: { kind: 'TRANSFER', payer: side, payee: side, payerMasterId: long },
    invoice: {
      seller: side,
      sellerMasterId: long,
      buyer: side,
      cost: { currency: 'EUR', units: long, nanos: 999_999_999 },
    },
  });
}

test('400 accounts fit into one transaction', async () => {
  const accounts = await openAccounts(db, 400);
  const transactions = countTransactions(db);
  const funded = accounts.map((account) => paymentDraft(nextId(), ISSUER, account, 3n));
  const passedOn = accounts.map((account, index) => {
    return paymentDraft(nextId(), account, accounts[(index * 7 + 1) % 400] ?? 0n, 2n);
  });
  const decisions = await commit([...funded, ...passedOn]);
  expect(decisions.filter(({ operation }) => operation.refusal)).toEqual([]);
  expect(transactions).toEqual({ begun: 1, committed: 1 });
  expect(await balancesOf(db, accounts)).toEqual(accounts.map(() => 3n));
  expect(await faultsOfBook(db)).toEqual([]);
});

test('several thousand drafts between two accounts fit into one transaction', async () => {
  const transactions = countTransactions(db);
  const drafts = Array.from({ length: 4_000 }, (_, index) =>
    index % 2
      ? paymentDraft(nextId(), to, from, 1n, { notes: '😀'.repeat(40) })
      : pay(1n, { changes: [{ account: to, floor: BigInt(-index) }] }),
  );
  const decisions = await commit(drafts);
  expect(decisions.filter(({ operation }) => operation.refusal)).toEqual([]);
  expect(transactions).toEqual({ begun: 1, committed: 1 });
  expect(await balancesOf(db, [from, to])).toEqual([1_000n, 0n]);
  expect(await faultsOfBook(db)).toEqual([]);
});

test('requests of hundreds of scopes are looked up in one batch', async () => {
  const drafts = Array.from({ length: 1_500 }, (_, index) => pay(1n, { scope: BigInt(index) }));
  const same = { requestId: drafts[0]?.requestId ?? Buffer.alloc(16) };
  const decisions = await commit(drafts.map((draft) => ({ ...draft, ...same })));
  expect(decisions.filter(({ kind }) => kind !== 'decided')).toEqual([]);
  const again = await commit(drafts.map((draft) => ({ ...draft, ...same })));
  expect(again.filter(({ kind }) => kind !== 'recovered')).toEqual([]);
});

test('a refusal is stored with its figures, counted, and leaves no other trace', async () => {
  const before = await readAccounts(db);
  const draft = pay(1_001n, { notes: 'never seen', changes: [{ account: to, state: 'CLOSED' }] });
  const [decision] = await commit([draft]);
  expect(decision?.operation.refusal).toEqual({
    code: 'BELOW_FLOOR',
    accountId: from,
    balance: 1_000n,
    amount: 1_001n,
  });
  const after = await readAccounts(db);
  expect(after.get(to)).toEqual(before.get(to));
  expect(after.get(from)).toMatchObject({
    balance: 1_000n,
    version: before.get(from)?.version,
    refusals: 1n,
  });
  for (const table of ['ledger_entries', 'ledger_account_changes', 'transfer_records']) {
    expect(await db.knex(table).where({ operation_id: draft.id }).select('operation_id')).toEqual(
      [],
    );
  }
  expect(await db.knex('operation_notes').where({ operation_id: draft.id })).toEqual([]);
});

test('an account that does not exist refuses, stored like any refusal', async () => {
  const draft = paymentDraft(nextId(), from, 999_999n, 1n);
  const [first] = await commit([draft]);
  expect(first?.operation.refusal).toMatchObject({ code: 'ACCOUNT_MISSING', accountId: 999_999n });
  const [again] = await commit([draft]);
  expect(again).toEqual({ kind: 'recovered', operation: first?.operation });
});

test('a batch of replays only writes nothing', async () => {
  const drafts = [pay(1n), pay(2n)];
  await commit(drafts);
  const before = await readAccounts(db);
  await commit(drafts);
  expect(await readAccounts(db)).toEqual(before);
});

test('drafts that name the same accounts in every way are decided in order', async () => {
  const transfers = [
    paymentDraft(nextId(), to, from, 1n),
    pay(1_000n),
    pay(1n),
    paymentDraft(nextId(), to, from, 400n),
    draftWith({ id: nextId(), accountId: to, changes: [{ account: to, state: 'FROZEN' }] }),
    pay(1n),
  ];
  const codes = (await commit(transfers)).map(({ operation }) => operation.refusal?.code ?? null);
  expect(codes).toEqual(['BELOW_FLOOR', null, 'BELOW_FLOOR', null, null, 'ACCOUNT_FROZEN']);
  expect(await balancesOf(db, [from, to])).toEqual([400n, 600n]);
});
