import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabaseUrl } from '../../support/database-url.js';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { type PaymentLoad, startPaymentLoad } from '../../support/payment-load.js';
import { startServerProcess } from '../../support/server-process.js';
import type { ServingProcess } from '../../support/server-program.js';
import { settleLoad } from '../../support/settle-load.js';
import { tellStory } from '../../support/story.js';
import { type ProxyFault, startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { testEngine } from '../../support/test-database.js';
import { waitUntil } from '../../support/wait-until.js';

const CREDITS = 1_000_000n;
const onMysql = testEngine() === 'mysql';

let proxy: TcpProxy;
let server: ServingProcess;

beforeAll(async () => {
  if (!onMysql) return;
  const url = new URL(await createDatabaseUrl());
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  server = await startServerProcess({ databaseUrl: url.href });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await proxy?.close();
});

/** A fault on the path to the database, how often it strikes in a round, and what callers may be told of it. */
type Scenario = {
  name: string;
  few: number;
  perRound: number;
  strike: (load: PaymentLoad) => Promise<void>;
  passing: string[];
};

/** One fault at the next chunk that contains the marker, and then payments that go on. */
function strikeAt(marker: string, fault: ProxyFault) {
  return async (load: PaymentLoad) => {
    const before = proxy.faults();
    proxy.plan(marker, fault);
    await waitUntil('the fault', () => proxy.faults() > before, { intervalMs: 1 });
    await load.settledMore(5);
  };
}

const STORAGE = 'UNAVAILABLE STORAGE_UNAVAILABLE';

const scenarios: Scenario[] = [
  {
    // The caller need not hear of it: the request ids decide, and it gets its answer.
    name: 'cut right after COMMIT was sent',
    few: 20,
    perRound: 10,
    strike: strikeAt('COMMIT', 'cut-after'),
    passing: [],
  },
  {
    name: 'cut before COMMIT arrives',
    few: 5,
    perRound: 5,
    strike: strikeAt('COMMIT', 'cut-before'),
    passing: [],
  },
  {
    name: 'cut while the accounts are locked',
    few: 5,
    perRound: 5,
    strike: strikeAt('FOR UPDATE', 'cut-after'),
    passing: [],
  },
  {
    name: 'cut in the look-up of sessions',
    few: 5,
    perRound: 5,
    strike: strikeAt('session_tokens', 'cut-before'),
    passing: [STORAGE],
  },
  {
    name: 'every connection cut',
    few: 8,
    perRound: 3,
    async strike(load) {
      proxy.cutAll();
      await load.settledMore(20);
    },
    passing: [STORAGE],
  },
  {
    name: 'COMMIT vanishes without a word',
    few: 1,
    perRound: 0.1,
    strike: strikeAt('COMMIT', 'stall'),
    passing: ['DEADLINE_EXCEEDED -'],
  },
  {
    name: 'the look-up of sessions vanishes without a word',
    few: 1,
    perRound: 0.1,
    strike: strikeAt('session_tokens', 'stall'),
    passing: ['DEADLINE_EXCEEDED -', STORAGE],
  },
];

for (const { name, few, perRound, strike, passing } of scenarios) {
  const times = faultRounds(few, perRound);
  // SQLite has no network between the program and its database.
  test.runIf(onMysql)(
    `the path to the database, ${name}: each payment once, every caller told the truth`,
    async () => {
      const report = createFaultReport(name);
      const random = report.begin(0);
      const story = await tellStory(server.clients, {
        name: name.replaceAll(' ', '-'),
        customers: 8,
        credits: CREDITS,
      });
      const load = startPaymentLoad(server.publicAddress, story, {
        random,
        callers: 16,
        deadlineMs: 3_000,
      });
      await load.settledMore(20);
      for (let time = 0; time < times; time += 1) await strike(load);
      await load.stop();
      report.end(load.all, `${times} faults`);
      await settleLoad(server.clients, load, story, { credits: CREDITS, passing });
      if (passing[0]) expect(report.sum().told).toHaveProperty([passing[0]]);
      expect(server.output()).not.toContain('"status":"INTERNAL"');
    },
    limitOf(times, 15_000),
  );
}
