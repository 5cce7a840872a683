import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Secrets of the servers that are measured. */
export const operatorKey = 'operator-key-of-the-benchmark';
export const registrationKey = 'registration-key-of-the-benchmark';
const auditKey = 'audit-key-of-the-benchmark';
const secretsKey = Buffer.alloc(32, 'secrets-of-the-benchmark').toString('base64');

/** The real server, built, in a process of its own. */
export type EwalletServer = {
  readonly publicAddress: string;
  readonly operatorAddress: string;
  readonly restAddress: string;
  readonly pid: number;
  /** Lines of its log from level warn up. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
};

/**
 * Production's settings, but for what has nothing to do with the figures: free ports, no time for load balancers on the
 * way down, room for the users and their sessions, all from one address, credits enough, tokens that outlive the run, and passwords
 * that are hashed fast.
 */
const settings = {
  EWALLET_PROFILE: 'production',
  EWALLET_PUBLIC_ADDRESS: '127.0.0.1:0',
  EWALLET_OPERATOR_ADDRESS: '127.0.0.1:0',
  EWALLET_REST_ADDRESS: '127.0.0.1:0',
  EWALLET_REST_REQUESTS_PER_MINUTE: '0',
  EWALLET_OPERATOR_KEY: operatorKey,
  EWALLET_REGISTRATION_KEY: registrationKey,
  EWALLET_AUDIT_KEY: auditKey,
  EWALLET_SECRETS_KEYS: `bench:${secretsKey}`,
  EWALLET_DEFAULT_SUBORDINATE_LIMIT: '1000000',
  EWALLET_NEW_MASTER_CREDIT_LIMIT: '10000000000000000',
  EWALLET_CLIENT_TOKEN_MINUTES: '43200',
  EWALLET_SESSION_TOKEN_MINUTES: '43200',
  EWALLET_WORKER_LIMIT: '20',
  EWALLET_TOKEN_REQUESTS_PER_MINUTE: '0',
  EWALLET_PASSWORD_MEMORY_KIB: '8',
  EWALLET_PASSWORD_ITERATIONS: '1',
  EWALLET_DRAIN_DELAY_SECONDS: '0',
  EWALLET_LOG_LEVEL: 'info',
};

/** The settings that differ from production's defaults, for the report. */
export function describeSettings(): string[] {
  return Object.entries(settings)
    .filter(([name]) => !/KEY|ADDRESS|PROFILE/.test(name))
    .map(([name, value]) => `${name}=${value}`);
}

/**
 * Starts the built server on a database, with `moreSettings` for it alone. `BENCH_NODE_OPTIONS` are options of Node for it, for example `--cpu-prof`.
 *
 * @throws Error with its words when it does not come up.
 */
export async function startEwalletServer(
  databaseUrl: string,
  moreSettings: Readonly<Record<string, string>> = {},
): Promise<EwalletServer> {
  const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
  const more = (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter(Boolean);
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('EWALLET_'));
  const child = spawn(process.execPath, [...nodeOptions(main), ...more, main], {
    env: {
      ...Object.fromEntries(environment),
      ...settings,
      ...moreSettings,
      EWALLET_DATABASE_URL: databaseUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killIt = () => child.kill('SIGKILL');
  process.once('exit', killIt);
  child.once('exit', () => process.off('exit', killIt));
  const complaints: string[] = [];
  const addresses = await untilServing(child, complaints);
  return {
    ...addresses,
    pid: child.pid ?? 0,
    complaints,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The options of Node that the program asks for in its first line. */
function nodeOptions(main: string): string[] {
  const [, words = ''] = /^#!\S+ -S node (.*)$/m.exec(readFileSync(main, 'utf8')) ?? [];
  return words.split(' ').filter(Boolean);
}

function untilServing(
  child: ChildProcess,
  complaints: string[],
): Promise<Pick<EwalletServer, 'publicAddress' | 'operatorAddress' | 'restAddress'>> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`The server ended with code ${code}.\n${complaints.join('\n')}`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (!/"level":"(info|debug)"/.test(line)) complaints.push(line);
        if (!line.endsWith('"msg":"serving"}')) return;
        const event = JSON.parse(line) as Record<'public' | 'operator' | 'rest', string>;
        resolve({
          publicAddress: event.public,
          operatorAddress: event.operator,
          restAddress: event.rest,
        });
      });
    }
  });
}
