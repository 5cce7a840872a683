import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commitBatch } from '../../src/domain/ledger/commit-batch.js';
import { type Committer, createCommitter } from '../../src/domain/ledger/committer.js';
import type { OperationDraft } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import type { StorageErrorKind } from '../../src/storage/errors.js';
import { findOperation } from '../../src/storage/ledger.js';
import { createFakeTime } from '../support/fake-time.js';
import { balancesOf, faultsOfBook, ISSUER, nextId, openAccounts } from '../support/ledger-book.js';
import { createCommitterOn, holdLock, LIMITS } from '../support/ledger-committers.js';
import { paymentDraft } from '../support/ledger-drafts.js';
import { type ProxyFault, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { openTestDatabase, testEngine } from '../support/test-database.js';

// SQLite has no network between the program and its database.
describe.runIf(testEngine() === 'mysql')('a path to MySQL that fails', () => {
  let direct: Database & { url: string };
  let proxy: TcpProxy;
  /** The same database, reached through the proxy. */
  let proxied: Database;
  let retried: StorageErrorKind[];
  let committer: Committer;
  let from: bigint;
  let to: bigint;

  beforeAll(async () => {
    direct = await openTestDatabase();
    const { hostname, port } = new URL(direct.url);
    proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    const url = new URL(direct.url);
    url.port = String(proxy.port);
    proxied = await openTestDatabase({
      url: url.href,
      migrated: false,
      maxLedgerConnections: 1,
      answerTimeoutMs: 3_000,
    });
  });

  afterAll(() => proxy.close());

  beforeEach(async () => {
    [from, to] = (await openAccounts(direct, 2)) as [bigint, bigint];
    retried = [];
    const deps = { db: proxied, time: createFakeTime() };
    const onRetry = (kind: StorageErrorKind) => void retried.push(kind);
    committer = createCommitter({ ...deps, onRetry }, LIMITS);
    await committer.submit(paymentDraft(nextId(), ISSUER, from, 1_000n));
  });

  function pays(count: number): OperationDraft[] {
    return Array.from({ length: count }, () => paymentDraft(nextId(), from, to, 1n));
  }

  /** Where the fault strikes, what the first attempt was, and what the one that settled it found. */
  const FAULTS: [string, string, ProxyFault, StorageErrorKind, string][] = [
    ['COMMIT was done, its answer lost', 'COMMIT', 'cut-after', 'commit-unknown', 'recovered'],
    ['COMMIT never arrived', 'COMMIT', 'cut-before', 'commit-unknown', 'decided'],
    ['COMMIT vanished without a word', 'COMMIT', 'stall', 'commit-unknown', 'decided'],
    ['the locks were taken, the answer lost', 'FOR UPDATE', 'cut-after', 'connection', 'decided'],
    ['BEGIN never arrived', 'FOR UPDATE', 'cut-before', 'connection', 'decided'],
    ['BEGIN vanished without a word', 'FOR UPDATE', 'stall', 'connection', 'decided'],
  ];

  test.each(FAULTS)('%s: the batch happens once', async (_, marker, fault, kind, settledAs) => {
    proxy.plan(marker, fault);
    const faults = proxy.faults();
    const drafts = pays(20);
    const decisions = await Promise.all(drafts.map((draft) => committer.submit(draft)));
    expect(proxy.faults()).toBe(faults + 1);
    expect(retried[0]).toBe(kind);
    expect(new Set(decisions.map((decision) => decision.kind))).toEqual(new Set([settledAs]));
    expect(decisions.map(({ operation }) => operation.id)).toEqual(drafts.map(({ id }) => id));
    expect(decisions.filter(({ operation }) => operation.refusal)).toEqual([]);
    expect(await balancesOf(direct, [from, to])).toEqual([980n, 20n]);
    expect(await faultsOfBook(direct)).toEqual([]);
  });

  test('faults again and again: still once each', async () => {
    for (const fault of ['cut-after', 'cut-before', 'cut-after'] as const) {
      proxy.plan('COMMIT', fault, 3);
      const decisions = await Promise.all(pays(5).map((draft) => committer.submit(draft)));
      expect(decisions).toHaveLength(5);
    }
    expect(await balancesOf(direct, [from, to])).toEqual([985n, 15n]);
    expect(await faultsOfBook(direct)).toEqual([]);
  });

  test.each(['cut-after', 'cut-before'] as const)(
    'when it stays unknown (%s), nobody is told that nothing happened',
    async (fault) => {
      const drafts = pays(3);
      proxy.plan('COMMIT', fault);
      const deps = { db: proxied, time: createFakeTime(), patienceMs: 0 };
      const settlements = await commitBatch(deps, drafts);
      expect(settlements.map((settlement) => 'error' in settlement && settlement.error)).toEqual(
        drafts.map(() => expect.objectContaining({ reason: 'STORAGE_UNAVAILABLE' })),
      );
      // The caller's retry, under the same ids, gets the truth.
      const retries = await Promise.all(
        drafts.map((draft) => committer.submit({ ...draft, id: nextId() })),
      );
      const expected = fault === 'cut-after' ? 'replayed' : 'decided';
      expect(retries.map(({ kind }) => kind)).toEqual(drafts.map(() => expected));
      expect(await balancesOf(direct, [to])).toEqual([3n]);
    },
  );

  test('an unknown COMMIT followed by contention stays unknown', async () => {
    const drafts = pays(2);
    proxy.plan('COMMIT', 'cut-before');
    const single = direct.openSingleConnection();
    const rival = await single.knex.transaction();
    let attempts = 0;
    const deps = {
      db: proxied,
      time: createFakeTime(),
      patienceMs: 1_500,
      onRetry: () => {
        attempts += 1;
      },
      pause: async () => {
        if (attempts === 1)
          await rival('ledger_accounts').where({ id: to }).forUpdate().select('id');
      },
    };
    const settlements = await commitBatch(deps, drafts);
    await rival.rollback();
    await single.close();
    expect(settlements).toEqual(
      drafts.map(() => ({ error: expect.objectContaining({ reason: 'STORAGE_UNAVAILABLE' }) })),
    );
    const stored = drafts.map(({ scope, requestId }) => findOperation(direct, scope, requestId));
    expect(await Promise.all(stored)).toEqual([undefined, undefined]);
  });

  test('an unknown COMMIT whose accounts somebody then keeps locked stays unknown', async () => {
    const draft = paymentDraft(nextId(), from, to, 1n);
    proxy.plan('COMMIT', 'cut-before');
    let rival: { release: () => Promise<void> } | undefined;
    const patient = createCommitterOn(proxied, {
      patienceMs: 3_000,
      onRetry: (kind) => void retried.push(kind),
      pause: async () => {
        rival ??= await holdLock(direct, to);
      },
    });
    await expect(patient.submit(draft)).rejects.toMatchObject({ reason: 'STORAGE_UNAVAILABLE' });
    expect(retried).toEqual(['commit-unknown', 'lock-wait']);
    await rival?.release();
  });

  test('a process that stands still in a transaction does not keep others from its rows', async () => {
    const [[setting]] = await direct.ledgerPool.raw(
      "SHOW SESSION VARIABLES LIKE 'idle_transaction_timeout'",
    );
    // MySQL has no such setting.
    if (!setting) return;
    expect(setting.Value).toBe('10');
    const single = direct.openSingleConnection();
    const rival = await single.knex.transaction();
    await rival.raw('SET SESSION idle_transaction_timeout = 1');
    await rival('ledger_accounts').where({ id: to }).forUpdate().select('id');
    const [decision] = await commitBatch({ db: direct, time: createFakeTime() }, [
      paymentDraft(nextId(), from, to, 1n),
    ]);
    expect(decision).toMatchObject({ decision: { kind: 'decided' } });
    await rival.rollback().catch(() => {});
    await single.close();
  });

  test('a deadlock with somebody else is run again', async () => {
    const single = direct.openSingleConnection();
    const rival = await single.knex.transaction();
    const others = await openAccounts(direct, 20);
    // The heavier transaction wins: the server gives up the one that has written less.
    for (const id of others)
      await rival('ledger_accounts').where({ id }).update({ create_time: 1 });
    await rival('ledger_accounts').where({ id: to }).update({ create_time: 1 });
    const deps = { db: direct, time: createFakeTime() };
    const onRetry = (kind: StorageErrorKind) => void retried.push(kind);
    const submitted = createCommitter({ ...deps, onRetry }, LIMITS).submit(
      paymentDraft(nextId(), from, to, 1n),
    );
    await untilWaiting(direct);
    await rival('ledger_accounts').where({ id: from }).forUpdate().select('id');
    await rival.rollback();
    await single.close();
    expect((await submitted).kind).toBe('decided');
    expect(retried).toContain('deadlock');
    expect(await balancesOf(direct, [from, to])).toEqual([999n, 1n]);
  });
});

/** Resolves when some transaction waits for a lock. The server's list of them is as old as its last reading, up to 0.1 s. */
async function untilWaiting(db: Database): Promise<void> {
  for (;;) {
    const [rows] = await db.knex.raw(
      "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
    );
    if (rows.length > 0) return;
    await db.knex.raw('DO SLEEP(0.2)');
  }
}
