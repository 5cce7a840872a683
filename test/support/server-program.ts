import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Channel, createChannel, createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { type Clients, createClients } from './clients.js';
import { auditKey, operatorKey, registrationKey, secretsKeys } from './server-secrets.js';
import { waitUntil } from './wait-until.js';

/** How a process ended: one of the two is null. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** A server in a process of its own, started as an operator starts it. */
export type ServerProcess = {
  readonly databaseUrl: string;
  /** Everything that it has written so far, standard output and standard error together. */
  output(): string;
  /** Sends a signal; SIGSTOP and SIGCONT too. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended and all its output is here. */
  readonly exited: Promise<Exit>;
};

/** A server process that has been seen to be SERVING on both listeners. */
export type ServingProcess = ServerProcess & {
  /** `host:port` */
  readonly publicAddress: string;
  readonly operatorAddress: string;
  /** Where the REST endpoint is. */
  readonly restAddress: string;
  readonly clients: Clients;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Exit>;
};

/** What a test may want otherwise. */
export type ServerProcessOptions = {
  /** A database that exists; a fresh one by default. */
  databaseUrl?: string;
  /** Settings besides those of the tests. An empty one takes its default. */
  env?: Record<string, string>;
  /** A command of the program, with its option if any; it serves by default. */
  command?: string;
};

/** Production's rules, with cheap password hashes, free ports, and masters that may owe and have many users. */
const testEnvironment = {
  EWALLET_PUBLIC_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_ADDRESS: '127.0.0.1:0',
  EWALLET_REST_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_KEY: operatorKey,
  EWALLET_REGISTRATION_KEY: registrationKey,
  EWALLET_AUDIT_KEY: auditKey,
  EWALLET_SECRETS_KEYS: secretsKeys,
  EWALLET_NEW_MASTER_CREDIT_LIMIT: '1000000000000',
  EWALLET_DEFAULT_SUBORDINATE_LIMIT: '10000',
  EWALLET_PASSWORD_MEMORY_KIB: '64',
  EWALLET_PASSWORD_ITERATIONS: '1',
  EWALLET_REFLECTION: 'true',
  EWALLET_DRAIN_DELAY_SECONDS: '0',
  EWALLET_TOKEN_REQUESTS_PER_MINUTE: '0',
  EWALLET_LOGIN_FAILURES_PER_PAIR: '0',
  EWALLET_LOGIN_FAILURES_PER_ACCOUNT: '0',
  EWALLET_LOGIN_FAILURES_PER_SOURCE: '0',
  EWALLET_KEY_FAILURES_PER_SOURCE: '0',
  EWALLET_ISSUE_REPORTS_PER_SOURCE: '0',
};

const SERVING = 1;
const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** A client that lost its server tries again soon: the tests wait for nothing else. */
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 200,
};

const children = new Set<ChildProcess>();
const channels: Channel[] = [];

// A worker of the test runner that is itself ended leaves nothing behind.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Ends every server that was started here, at once, and the channels to them. */
export async function killServers(): Promise<void> {
  for (const channel of channels.splice(0)) channel.close();
  await Promise.all(
    [...children].map(async (child) => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    }),
  );
}

/** The environment of this process without settings of its own, and with these. */
export function environmentWith(env: Record<string, string>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('EWALLET_'));
  return { ...Object.fromEntries(inherited), ...env };
}

/** Starts `node dist/src/main.js`, built by now, and waits for nothing. */
export function spawnServerProgram(
  databaseUrl: string,
  options: Omit<ServerProcessOptions, 'databaseUrl'> = {},
): ServerProcess {
  const { command } = options;
  const child = spawn(process.execPath, [main, ...(command?.split(' ') ?? [])], {
    env: environmentWith({
      ...testEnvironment,
      EWALLET_DATABASE_URL: databaseUrl,
      ...options.env,
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    databaseUrl,
    output: () => chunks.join(''),
    kill: (signal) => void child.kill(signal),
    exited,
  };
}

/** On a busy machine a fresh database takes its time: one that ends instead is noticed at once. */
const startLimit = { limitMs: 120_000 };

/** Waits until a server that was spawned serves. @throws Error with its output when it ends instead. */
export async function untilServing(server: ServerProcess): Promise<ServingProcess> {
  let ended: Exit | undefined;
  server.exited.then((exit) => {
    ended = exit;
  });
  function alive<T>(found: T): T {
    if (ended) throw new Error(`The server ended (${JSON.stringify(ended)}):\n${server.output()}`);
    return found;
  }
  const addresses = await waitUntil(
    'addresses',
    () => alive(findAddresses(server.output())),
    startLimit,
  );
  const [publicAddress, operatorAddress, restAddress] = addresses;
  for (const address of [publicAddress, operatorAddress]) {
    const health = createClient(HealthDefinition, connect(address));
    await waitUntil(
      `${address} to serve`,
      async () => {
        const { status } = await health.check({ service: '' }).catch(() => ({ status: 0 }));
        return alive(status === SERVING);
      },
      startLimit,
    );
  }
  return {
    ...server,
    publicAddress,
    operatorAddress,
    restAddress,
    clients: createClients(connect(publicAddress), connect(operatorAddress)),
    stop() {
      server.kill('SIGTERM');
      return server.exited;
    },
  };
}

/** The addresses that it listens on, from what it prints: a log event, or the notice of the development profile. */
function findAddresses(output: string): [string, string, string] | undefined {
  const serving = output.split('\n').find((line) => line.includes('"msg":"serving"'));
  if (serving) {
    const event = JSON.parse(serving) as Record<'public' | 'operator' | 'rest', string>;
    return [event.public, event.operator, event.rest];
  }
  const [, publicAddress] = /^ {2}clients and backends {2}(\S+)$/m.exec(output) ?? [];
  const [, operatorAddress] = /^ {2}operator {2,}(\S+)/m.exec(output) ?? [];
  const [, restAddress] = /^ {2}old clients, REST {2,}(\S+)/m.exec(output) ?? [];
  if (!publicAddress || !operatorAddress || !restAddress) return undefined;
  return [publicAddress, operatorAddress, restAddress];
}

function connect(address: string): Channel {
  const channel = createChannel(address, undefined, channelOptions);
  channels.push(channel);
  return channel;
}
