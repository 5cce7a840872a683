import { type Channel, createChannel } from 'nice-grpc';
import { afterAll } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { createDomain, type Domain } from '../../src/domain/domain.js';
import { createLogger } from '../../src/lib/logger.js';
import { domainSettings, startServer as startListeners } from '../../src/server.js';
import { type Database, databaseTime, openDatabase } from '../../src/storage/database.js';
import { createIds } from '../../src/storage/ids.js';
import { processLeaseTime } from '../../src/storage/lease-time.js';
import { migrate } from '../../src/storage/migrate.js';
import { type Clients, createClients } from './clients.js';
import { createDatabaseUrl } from './database-url.js';
import { createFakeTime, type FakeTime } from './fake-time.js';
import { auditKey, operatorKey, registrationKey, secretsKeys } from './server-secrets.js';

/** A real server in this process: both listeners, a real database, fake time. */
export type TestServer = {
  /** `host:port` */
  publicAddress: string;
  operatorAddress: string;
  /** Where the REST endpoint is. */
  restAddress: string;
  clients: Clients;
  time: FakeTime;
  domain: Domain;
  db: Database;
  databaseUrl: string;
  /** Every line of the log so far, from level debug. */
  logs: string[];
  /** A further channel, closed with the server. */
  connect(address: string): Channel;
  /** The graceful stop, and then everything else. Done by itself at the end of the test file. */
  stop(): Promise<void>;
};

/** What a test may want otherwise. */
export type TestServerOptions = {
  /** Settings besides those of the tests, by variable name. */
  env?: Record<string, string>;
  /** A database that exists: a second server, or one after another. */
  databaseUrl?: string;
  time?: FakeTime;
  /** How often the server asks whether its database answers. */
  readinessIntervalMs?: number;
};

/** Production's rules, with cheap password hashes, free ports and nothing to wait for. */
const testEnvironment = {
  EWALLET_PUBLIC_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_ADDRESS: '127.0.0.1:0',
  EWALLET_REST_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_KEY: operatorKey,
  EWALLET_REGISTRATION_KEY: registrationKey,
  EWALLET_AUDIT_KEY: auditKey,
  EWALLET_SECRETS_KEYS: secretsKeys,
  EWALLET_PASSWORD_MEMORY_KIB: '64',
  EWALLET_PASSWORD_ITERATIONS: '1',
  EWALLET_REFLECTION: 'true',
  EWALLET_LOG_LEVEL: 'debug',
  EWALLET_DRAIN_DELAY_SECONDS: '0',
  // Every caller has the same address, and the minute of fake time never ends.
  EWALLET_TOKEN_REQUESTS_PER_MINUTE: '0',
  EWALLET_LOGIN_FAILURES_PER_PAIR: '0',
  EWALLET_LOGIN_FAILURES_PER_ACCOUNT: '0',
  EWALLET_LOGIN_FAILURES_PER_SOURCE: '0',
  EWALLET_KEY_FAILURES_PER_SOURCE: '0',
  EWALLET_ISSUE_REPORTS_PER_SOURCE: '0',
};

const running = new Set<TestServer>();

// Registered after the hook that drops databases, so it runs before it.
afterAll(async () => {
  for (const server of running) await server.stop();
});

/** Starts a server on a fresh database of the engine that the suite runs on this time. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const databaseUrl = options.databaseUrl ?? (await createDatabaseUrl());
  const config = loadConfig({
    ...testEnvironment,
    ...options.env,
    EWALLET_DATABASE_URL: databaseUrl,
  });
  const time = options.time ?? createFakeTime();
  const logs: string[] = [];
  const logger = createLogger({
    level: config.logLevel,
    destination: { write: (line) => void logs.push(line) },
  });
  const db = await openDatabase({ url: config.databaseUrl });
  await migrate(db);
  const ids = createIds(db);
  const instanceNumber = await ids.nextInstanceNumber();
  const settings = domainSettings(config);
  const leaseTime = processLeaseTime(time.now);
  const domain = createDomain({ db, time, leaseTime, ids, logger, instanceNumber, settings });
  const listeners = await startListeners({
    config,
    domain,
    time,
    instanceNumber,
    logger,
    probe: () => databaseTime(db),
    timeHealthy: () => true,
    readinessIntervalMs: options.readinessIntervalMs ?? 2_000,
  });

  const channels: Channel[] = [];
  function connect(address: string): Channel {
    const channel = createChannel(address);
    channels.push(channel);
    return channel;
  }
  async function stopAll(): Promise<void> {
    running.delete(server);
    await listeners.stop();
    for (const channel of channels) channel.close();
    await domain.committer.drain();
    await db.close();
  }
  let stopped: Promise<void> | undefined;
  const publicAddress = `127.0.0.1:${listeners.publicPort}`;
  const operatorAddress = `127.0.0.1:${listeners.operatorPort}`;
  const server: TestServer = {
    publicAddress,
    operatorAddress,
    restAddress: `127.0.0.1:${listeners.restPort}`,
    clients: createClients(connect(publicAddress), connect(operatorAddress)),
    time,
    domain,
    db,
    databaseUrl,
    logs,
    connect,
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
  };
  running.add(server);
  return server;
}
