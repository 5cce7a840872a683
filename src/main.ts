#!/usr/bin/env -S node --max-semi-space-size=32 --heap-growing-percent=100
// 32 MB for young objects: what a call makes lives until its batch is committed, longer than the default has room for. And the old
// ones are collected when they have doubled: by default the garbage among them may grow to several times what is alive.
import {
  type Config,
  ConfigError,
  describeConfig,
  developmentSecrets,
  loadConfig,
  processEnvironment,
  unknownVariables,
} from './config.js';
import { createDomain, type Domain } from './domain/domain.js';
import { describeVerdict, type LedgerCounts, type VerifyMode } from './domain/ledger/verdict.js';
import { type Closers, startWithClosers } from './lib/closers.js';
import { createLogger, type Logger } from './lib/logger.js';
import { watchStopSignals } from './lib/stop-signals.js';
import { createTime, type DatabaseTime, startStopwatch } from './lib/time.js';
import { domainSettings, type Server, startServer } from './server.js';
import { appendOnlyGaps } from './storage/append-only.js';
import { type Database, databaseTime, openDatabase } from './storage/database.js';
import { checkDurability } from './storage/durability.js';
import { StorageError } from './storage/errors.js';
import { createIds } from './storage/ids.js';
import { migrate, pendingMigrations } from './storage/migrate.js';
import { listTotpKeyIds } from './storage/totp.js';
import { loadDescriptors, sensitiveFields } from './transport/descriptors.js';

/** Exit codes; the last two are those of sysexits.h. */
const FAILED = 1;
const BAD_USAGE = 64;
const BAD_CONFIG = 78;

/** Differences that `verify` prints; all are counted. */
const SHOWN_DIFFERENCES = 100;
const PROGRESS_INTERVAL_MS = 5_000;
const READINESS_INTERVAL_MS = 2_000;
/** After the limits of a graceful stop the process ends all the same. */
const STOP_MARGIN_MS = 10_000;

type App = { readonly config: Config; readonly logger: Logger };

/** The commands; what follows the name of one chooses among its ways. */
const commands: Record<string, (app: App) => Promise<number>> = {
  serve,
  migrate: migrateSchema,
  verify: (app) => verifyLedger(app, 'full'),
  'verify --full': (app) => verifyLedger(app, 'full'),
  'verify --incremental': (app) => verifyLedger(app, 'incremental'),
};

/** Serves until it is told to stop. */
async function serve(app: App): Promise<number> {
  const { config, logger } = app;
  const signals = watchStopSignals(logger);
  const { close } = await startWithClosers(async (closers) => {
    const opened = await open(app, closers, config.migrate);
    const { leaseKeeper, cleaners, dueTimers } = opened.domain;
    await leaseKeeper.start();
    closers.push('the lease', leaseKeeper.stop);
    cleaners.start();
    closers.push('the cleaners', cleaners.stop);
    dueTimers.start();
    closers.push('the timers', dueTimers.stop);
    const server = await startServer({
      ...app,
      ...opened,
      probe: () => databaseTime(opened.db),
      timeHealthy: opened.time.healthy,
      readinessIntervalMs: READINESS_INTERVAL_MS,
    });
    closers.push('the listeners', () => server.stop(signals.force));
    announce(app, server, opened.db);
  });
  const { reason, code } = await signals.stop;
  logger.info({ reason }, 'stopping');
  const limitMs = (config.drainDelaySeconds + config.drainLimitSeconds) * 1_000 + STOP_MARGIN_MS;
  setTimeout(() => process.exit(FAILED), limitMs).unref();
  await close();
  logger.info('stopped');
  return code;
}

/** Brings the schema up to date: on a cluster, a step of its own before the servers start. */
async function migrateSchema(app: App): Promise<number> {
  const { close } = await startWithClosers(async (closers) => {
    const db = await openStorage(app, closers);
    const names = await migrate(db);
    for (const name of names) print(`Ran ${name}.`);
    print(`The schema of ${db.name} is up to date.`);
  });
  await close();
  return 0;
}

/** Proves the ledger; fails when it is not proved. */
async function verifyLedger(app: App, mode: VerifyMode): Promise<number> {
  const { value: code, close } = await startWithClosers(async (closers) => {
    const { domain } = await open(app, closers, 'check');
    const verdict = await domain.verification.verify({
      mode,
      maxDifferences: SHOWN_DIFFERENCES,
      onProgress: createProgress(),
    });
    for (const line of describeVerdict(verdict)) print(line);
    return verdict.verified ? 0 : FAILED;
  });
  await close();
  return code;
}

/** Tells on standard error every few seconds how far a verification is. */
function createProgress(): (counts: LedgerCounts) => void {
  const elapsed = startStopwatch();
  let nextMs = PROGRESS_INTERVAL_MS;
  return ({ accountCount, operationCount, differenceCount }) => {
    if (elapsed() < nextMs) return;
    nextMs = elapsed() + PROGRESS_INTERVAL_MS;
    console.error(
      `… ${accountCount} accounts, ${operationCount} operations, ${differenceCount} differences`,
    );
  };
}

/** Opens everything below the listeners, each with its closer. */
async function open(app: App, closers: Closers, mode: Config['migrate']) {
  const { config, logger } = app;
  const db = await openStorage(app, closers);
  if (mode === 'auto') {
    const names = await migrate(db);
    if (names.length > 0) logger.info({ migrations: names }, 'migrated');
  } else {
    const names = await pendingMigrations(db);
    if (names.length > 0) {
      throw new StorageError('schema', 'The schema is behind this program: run `migrate` first.');
    }
  }
  await checkSecretsKeys(db, config);
  for (const gap of await appendOnlyGaps(db)) logger.warn(gap);
  const time: DatabaseTime = createTime({
    sampleDatabaseTime: () => databaseTime(db),
    onSampleError: (error) => logger.warn({ error }, 'no sample of the database time'),
  });
  await time.start();
  closers.push('time', time.stop);
  const ids = createIds(db);
  const instanceNumber = await ids.nextInstanceNumber();
  const settings = domainSettings(config);
  const domain: Domain = createDomain({ db, time, ids, logger, instanceNumber, settings });
  closers.push('the ledger', domain.committer.drain);
  return { db, time, domain, instanceNumber };
}

/** A key that was dropped too early would lock out everybody whose secret it encrypted. @throws Error naming those that lack */
async function checkSecretsKeys(db: Database, config: Config): Promise<void> {
  const known = new Set(config.secretsKeys.map(({ id }) => id));
  const missing = (await listTotpKeyIds(db.knex)).filter((id) => !known.has(id));
  if (missing.length === 0) return;
  throw new Error(
    `EWALLET_SECRETS_KEYS lacks ${missing.join(', ')}, which secrets in the database are encrypted with: add it again.`,
  );
}

async function openStorage({ config, logger }: App, closers: Closers): Promise<Database> {
  const db = await openDatabase({
    url: config.databaseUrl,
    maxConnections: config.databaseConnections,
    maxLedgerConnections: config.ledgerConnections,
    onWarning: (message) => logger.warn({ database: message }, 'database'),
  });
  closers.push('the database', db.close);
  const production = config.profile === 'production';
  for (const problem of await checkDurability(db, { production })) logger.warn(problem);
  return db;
}

function announce({ config, logger }: App, server: Server, db: Database): void {
  const addresses = {
    public: withPort(config.publicAddress, server.publicPort),
    operator: withPort(config.operatorAddress, server.operatorPort),
    rest: server.restPort === null ? 'off' : withPort(config.restAddress ?? '', server.restPort),
  };
  if (config.profile === 'production') {
    const settings = describeConfig(processEnvironment());
    logger.info({ ...addresses, database: db.name, settings }, 'serving');
  } else {
    print(developmentNotice(config, addresses, db.name));
  }
}

function withPort(address: string, port: number): string {
  return address.replace(/\d+$/, String(port));
}

function developmentNotice(
  config: Config,
  addresses: { public: string; operator: string; rest: string },
  database: string,
): string {
  const known = config.operatorKey === developmentSecrets.operatorKey;
  return `
EWallet serves in the development profile.

  clients and backends  ${addresses.public}
  operator              ${addresses.operator}${known ? `  (key: ${config.operatorKey})` : ''}
  old clients, REST     ${addresses.rest}
  database              ${database}

The profile is for trying things out on this machine: ${config.openRegistration ? 'anyone may register a master' : 'masters need the registration key'},
the pool of a new master may go ${config.newMasterCreditLimit} credits below zero, and its users ${config.newMasterSelfSupply ? 'may' : 'may not'} supply themselves.
Without EWALLET_PROFILE the server runs in the production profile, which allows none of this.

Try next, in another terminal:

  make demo
  grpcurl -plaintext ${addresses.public} list
  grpcurl -plaintext ${addresses.public} ewallet.v1.SessionService/RequestClientId

Stop it with Ctrl-C.
`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Reads the settings, runs the command, and answers with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const run = commands[args.join(' ') || 'serve'];
  if (!run) {
    console.error(`Usage: ewallet-server [${Object.keys(commands).join(' | ')}]`);
    return BAD_USAGE;
  }
  const env = processEnvironment();
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return BAD_CONFIG;
  }
  const sensitive = [
    ...sensitiveFields(loadDescriptors('public')),
    ...sensitiveFields(loadDescriptors('operator')),
  ];
  const logger = createLogger({ level: config.logLevel, sensitive });
  for (const name of unknownVariables(env)) logger.warn(`${name} is not a setting.`);
  try {
    return await run({ config, logger });
  } catch (error) {
    const { message } = error as Error;
    if (config.profile === 'development') console.error(`EWallet stopped: ${message}`);
    else logger.fatal({ error }, message);
    return FAILED;
  }
}

// A peer may still hold a connection open: nothing is worth waiting for it.
process.exit(await main(process.argv.slice(2)));
