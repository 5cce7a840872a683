import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { MasterKeyKind } from '../../generated/ewallet/v1/master_service.js';
import { parseId } from '../../src/model/public-id.js';
import { as } from '../support/clients.js';
import { longOrShort } from '../support/hammer-size.js';
import { fund, paymentTo, supply } from '../support/money.js';
import {
  type MasterCredentials,
  makeMaster,
  makeUser,
  openAcquiredSession,
  type SessionCredentials,
  type UserCredentials,
} from '../support/people.js';
import { createRandom } from '../support/random.js';
import { startServer, type TestServer } from '../support/start-server.js';
import { expectLedgerVerified, operator } from '../support/tenancy.js';
import { testEngine } from '../support/test-database.js';

/** `make hammer` runs them all. */
const SCHEDULES = longOrShort(1_000, 200);
const SHOPS = 10;
const PAYMENTS = 4;
/** Turns of the event loop that a call waits before it begins, at most. */
const MAX_DELAY = 12;
const TIMEOUT_MS = 600_000;

/** A master whose backend pays from one user to another. */
type Counter = {
  master: MasterCredentials;
  session: SessionCredentials;
  payer: UserCredentials;
  payee: UserCredentials;
};

type Random = ReturnType<typeof createRandom>;

/** An act that forbids payments, and what makes room for the next schedule. */
type Act = {
  /** Before the first schedule of a counter. */
  prepare?(counter: Counter): Promise<unknown>;
  /** Resolves when it is acknowledged. */
  forbid(counter: Counter): Promise<unknown>;
  allow(counter: Counter): Promise<unknown>;
};

let server: TestServer;
/** Where payments are asked for: another instance, where the engine serves several. */
let teller: TestServer;

beforeAll(async () => {
  const env = {
    EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100000',
    EWALLET_FORCED_REMOVAL: 'true',
    EWALLET_LOG_LEVEL: 'warn',
  };
  server = await startServer({ env });
  const { databaseUrl, time } = server;
  teller = testEngine() === 'mysql' ? await startServer({ env, databaseUrl, time }) : server;
});

async function openCounter(): Promise<Counter> {
  const master = await makeMaster(server);
  const session = await openAcquiredSession(server, master);
  const payer = await makeUser(server, session);
  const payee = await makeUser(server, session);
  await fund(server, master, 2_000_000n);
  await supply(server, master, payer, 1_000_000n);
  return { master, session, payer, payee };
}

function behalfOf({ master }: Counter, user: UserCredentials) {
  return as({ backendKey: master.backendKey, onBehalfOf: user.accountId });
}

function pay(counter: Counter): Promise<boolean> {
  const { payer, payee } = counter;
  return teller.clients.wallets.payCredits(paymentTo(payee, 1n), behalfOf(counter, payer)).then(
    () => true,
    () => false,
  );
}

async function spentBy({ payer }: Counter): Promise<bigint> {
  const row = await server.db
    .knex('ledger_accounts')
    .where('id', String(parseId('wallet', payer.walletId)))
    .first('version');
  return row.version;
}

async function wait(random: Random): Promise<void> {
  for (let turns = random(MAX_DELAY); turns > 0; turns -= 1) await turn();
}

/** One schedule: payments and the act begin at random moments. Returns how many of the payments were made. */
async function runSchedule(counter: Counter, act: Act, random: Random): Promise<number> {
  let atAck: bigint | undefined;
  const acting = wait(random)
    .then(() => act.forbid(counter))
    .then(async () => {
      atAck = await spentBy(counter);
    });
  const paying = Array.from({ length: PAYMENTS }, async () => {
    await wait(random);
    return pay(counter);
  });
  const made = await Promise.all(paying);
  await acting;
  const late = await pay(counter);
  const spent = await spentBy(counter);
  expect({ late, spent }).toEqual({ late: false, spent: atAck });
  return made.filter(Boolean).length;
}

/** Every counter runs its share of the schedules, all of them at once. */
async function runSchedules(act: Act): Promise<{ schedules: number; made: number[] }> {
  const counters: Counter[] = [];
  for (let opened = 0; opened < SHOPS; opened += 1) counters.push(await openCounter());
  const made: number[] = [];
  await Promise.all(
    counters.map(async (counter, index) => {
      await act.prepare?.(counter);
      const random = createRandom(index + 1);
      for (let schedule = 0; schedule < SCHEDULES / SHOPS; schedule += 1) {
        made.push(await runSchedule(counter, act, random));
        await act.allow(counter);
      }
    }),
  );
  await expectLedgerVerified(server);
  const histogram = [0, 1, 2, 3, 4].map((n) => made.filter((count) => count === n).length);
  console.info(`${made.length} schedules; with 0, 1, … payments made: ${histogram.join(', ')}`);
  return { schedules: made.length, made };
}

function expectRaces({ schedules, made }: { schedules: number; made: number[] }): void {
  expect(schedules).toBe(SCHEDULES);
  // Neither side wins always: else nothing was raced.
  expect(new Set(made).size).toBeGreaterThan(2);
}

test(
  'a payment that races the freeze of its master is made before the answer or never',
  async () => {
    const act: Act = {
      forbid: ({ master: { masterId } }) =>
        server.clients.system.freezeMaster({ masterId }, operator),
      allow: ({ master: { masterId } }) =>
        server.clients.system.unfreezeMaster({ masterId }, operator),
    };
    expectRaces(await runSchedules(act));
  },
  TIMEOUT_MS,
);

test(
  'a payment that races the unlinking of its payer is made before the answer or never',
  async () => {
    const { accounts } = server.clients;
    const act: Act = {
      forbid: (counter) => accounts.unlinkAccount({}, behalfOf(counter, counter.payer)),
      allow: (counter) => accounts.recoverAccount({}, behalfOf(counter, counter.payer)),
    };
    expectRaces(await runSchedules(act));
  },
  TIMEOUT_MS,
);

test(
  'a payment that races the removal of its payee is made before the answer or never',
  async () => {
    const { accounts } = server.clients;
    const act: Act = {
      forbid: (counter) =>
        accounts.unlinkAccount({ force: true }, behalfOf(counter, counter.payee)),
      allow: async (counter) => {
        counter.payee = await makeUser(server, counter.session);
      },
    };
    expectRaces(await runSchedules(act));
  },
  TIMEOUT_MS,
);

test(
  'a payment that races the revocation of its backend key is made before the answer or never',
  async () => {
    const { masters } = server.clients;
    const keys = new Map<Counter, { rootKey: string; masterKeyId: string }>();
    async function cutKey(counter: Counter): Promise<void> {
      const { master } = counter;
      const rootKey = keys.get(counter)?.rootKey ?? master.backendKey;
      const request = { kind: MasterKeyKind.MASTER_KEY_KIND_BACKEND, label: 'till' };
      const { key, masterKey } = await masters.createMasterKey(
        request,
        as({ backendKey: rootKey }),
      );
      keys.set(counter, { rootKey, masterKeyId: masterKey?.masterKeyId ?? '' });
      counter.master = { ...master, backendKey: key };
    }
    const act: Act = {
      prepare: cutKey,
      forbid: (counter) => {
        const { rootKey = '', masterKeyId = '' } = keys.get(counter) ?? {};
        return masters.revokeMasterKey({ masterKeyId }, as({ backendKey: rootKey }));
      },
      allow: cutKey,
    };
    expectRaces(await runSchedules(act));
  },
  TIMEOUT_MS,
);

test(
  'of an account that is recovered and removed at once, either one happens and the ledger knows which',
  async () => {
    const counter = await openCounter();
    const random = createRandom(1);
    const { accounts, system } = server.clients;
    const outcomes: string[] = [];
    for (let schedule = 0; schedule < 100; schedule += 1) {
      const user = await makeUser(server, counter.session);
      await supply(server, counter.master, user, 1n);
      await accounts.unlinkAccount({}, behalfOf(counter, user));
      const [recovered] = await Promise.all([
        wait(random)
          .then(() => accounts.recoverAccount({}, behalfOf(counter, user)))
          .then(
            () => true,
            () => false,
          ),
        wait(random)
          .then(() => system.cleanupAccounts({ accountId: user.accountId, force: true }, operator))
          .catch(() => {}),
      ]);
      const id = String(parseId('wallet', user.walletId));
      const row = await server.db.knex('ledger_accounts').where({ id }).first('state', 'balance');
      expect(row).toEqual(
        recovered ? { state: 'OPEN', balance: 1n } : { state: 'CLOSED', balance: 0n },
      );
      outcomes.push(row.state);
    }
    await expectLedgerVerified(server);
    console.info(`removed ${outcomes.filter((state) => state === 'CLOSED').length} of 100`);
  },
  TIMEOUT_MS,
);
