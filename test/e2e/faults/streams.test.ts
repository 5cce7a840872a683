import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { createDatabaseUrl } from '../../support/database-url.js';
import { createFaultReport, faultRounds, limitOf } from '../../support/fault-rounds.js';
import { freeAddress } from '../../support/free-address.js';
import { startPaymentStreams } from '../../support/payment-stream-load.js';
import { startServerProcess } from '../../support/server-process.js';
import type { ServingProcess } from '../../support/server-program.js';
import { OUTCOMES, settleLoad } from '../../support/settle-load.js';
import { tellStory } from '../../support/story.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { testEngine } from '../../support/test-database.js';

const CREDITS = 1_000_000n;
const ROUNDS = faultRounds(1, 0.5);
/** In a round. */
const STRIKES = faultRounds(1, 0.15);

type World = { server: ServingProcess; env: Record<string, string> };

/** A fault under open streams. Gives the server that serves afterwards. */
type Fault = {
  name: string;
  strike: (world: World, toClients: TcpProxy, toDatabase: TcpProxy | undefined) => Promise<World>;
  /** What callers may be told, the first of which they must be. */
  passing: string[];
  /** How often it strikes for once that others do; some strike between the moments that count. */
  times?: number;
};

async function restart({ server, env }: World): Promise<World> {
  return { env, server: await startServerProcess({ databaseUrl: server.databaseUrl, env }) };
}

const faults: Fault[] = [
  {
    name: 'the server killed',
    async strike(world) {
      world.server.kill('SIGKILL');
      await world.server.exited;
      return restart(world);
    },
    passing: ['stream ended UNAVAILABLE -'],
  },
  {
    name: 'the server told to stop',
    async strike(world) {
      expect(await world.server.stop()).toEqual({ code: 0, signal: null });
      return restart(world);
    },
    passing: ['stream ended UNAVAILABLE SERVER_DRAINING', 'stream ended UNAVAILABLE -'],
  },
  {
    name: "the clients' connections cut",
    async strike(world, toClients) {
      toClients.cutAll();
      return world;
    },
    passing: ['stream ended UNAVAILABLE -'],
  },
  {
    name: 'every connection to the database cut',
    async strike(world, _, toDatabase) {
      toDatabase?.cutAll();
      return world;
    },
    passing: ['UNAVAILABLE STORAGE_UNAVAILABLE', 'stream ended UNAVAILABLE STORAGE_UNAVAILABLE'],
    times: 8,
  },
];

const proxies: TcpProxy[] = [];
const servers = new Set<ServingProcess>();

afterAll(async () => {
  for (const server of servers) {
    server.kill('SIGKILL');
    await server.exited;
  }
  for (const proxy of proxies) await proxy.close();
});

async function startProxy(address: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  proxies.push(proxy);
  return proxy;
}

/** A server on fixed addresses, reached through a proxy; its database too, where there is a path to it. */
async function startWorld() {
  const env = {
    EWALLET_PUBLIC_ADDRESS: await freeAddress(),
    EWALLET_OPERATOR_ADDRESS: await freeAddress(),
  };
  const url = new URL(await createDatabaseUrl());
  const toDatabase = testEngine() === 'mysql' ? await startProxy(url.host) : undefined;
  if (toDatabase) url.port = String(toDatabase.port);
  const server = await startServerProcess({ env, databaseUrl: url.href });
  const toClients = await startProxy(env.EWALLET_PUBLIC_ADDRESS);
  const world: World = { server, env };
  return { world, toClients, toDatabase };
}

for (const { name, strike, passing, times = 1 } of faults) {
  const needsPath = name.includes('database');
  test.runIf(!needsPath || testEngine() === 'mysql')(
    `payment streams, ${name}: what was answered is there, and what was not is settled by sending it again`,
    async () => {
      const started = await startWorld();
      let { world } = started;
      const report = createFaultReport(`streams, ${name}`);
      for (let round = 0; round < ROUNDS; round += 1) {
        const random = report.begin(round);
        const story = await tellStory(world.server.clients, {
          name: `streams-${round}`,
          customers: 6,
          credits: CREDITS,
        });
        const load = startPaymentStreams(`127.0.0.1:${started.toClients.port}`, story, {
          random,
          callers: random.pick([8, 64]),
          deadlineMs: 3_000,
        });
        for (let strikes = 0; strikes < STRIKES * times; strikes += 1) {
          await load.settledMore(random.between(20, 200));
          await pause(random.below(50));
          servers.delete(world.server);
          world = await strike(world, started.toClients, started.toDatabase);
          servers.add(world.server);
        }
        await load.settledMore(50);
        await load.stop();
        report.end(load.all, `${load.streams()} streams`);
        await settleLoad(world.server.clients, load, story, { credits: CREDITS, passing });
      }
      const { told } = report.sum();
      for (const reached of OUTCOMES) expect(told).toHaveProperty([reached]);
      // A short run may strike between the moments that count.
      if (times === 1 || ROUNDS > 2) expect(told).toHaveProperty([passing[0] as string]);
      expect(await world.server.stop()).toEqual({ code: 0, signal: null });
      servers.clear();
    },
    limitOf(ROUNDS, 60_000),
  );
}
