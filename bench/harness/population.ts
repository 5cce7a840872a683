import { randomUUID } from 'node:crypto';
import { createChannel, createClient, Metadata } from 'nice-grpc';
import { AccountServiceDefinition } from '../../generated/ewallet/v1/account_service.js';
import { MasterServiceDefinition } from '../../generated/ewallet/v1/master_service.js';
import { SessionServiceDefinition } from '../../generated/ewallet/v1/session_service.js';
import { WalletServiceDefinition } from '../../generated/ewallet/v1/wallet_service.js';
import type { CallerMetadata } from '../load/job.js';
import { type EwalletServer, registrationKey } from './ewallet-server.js';
import { inParallel } from './in-parallel.js';

/** A master with its users. */
export type Population = {
  readonly users: readonly BenchUser[];
  /** Of the master of all of them. */
  readonly acquireKey: string;
};

/** A user with credits in its wallet and two ways to prove itself. */
export type BenchUser = {
  readonly accountId: string;
  readonly email: string;
  /** A logged-in session of its own. */
  readonly bySession: CallerMetadata;
  /** The master's backend on its behalf. */
  readonly byBackend: CallerMetadata;
};

const PASSWORD = 'Benchmark-password-1';
const CREDITS = 1_000_000_000n;
const PARALLEL = 32;
const EMAIL = 'master@example.com';

/** Makes a master with `count` users through the API, each logged in on a session of its own, each with 10^9 credits. */
export async function populate(server: EwalletServer, count: number): Promise<Population> {
  const channel = createChannel(server.publicAddress);
  const sessions = createClient(SessionServiceDefinition, channel);
  const masters = createClient(MasterServiceDefinition, channel);
  const accounts = createClient(AccountServiceDefinition, channel);
  const wallets = createClient(WalletServiceDefinition, channel);

  async function openSession(): Promise<CallerMetadata> {
    const { clientId } = await sessions.requestClientId({});
    const metadata = Metadata({ 'ewallet-client-id': clientId });
    const { sessionToken } = await sessions.requestSessionToken({}, { metadata });
    return [
      ['ewallet-client-id', clientId],
      ['authorization', `Bearer ${sessionToken}`],
    ];
  }

  const founder = Metadata([...(await openSession())].map(([name, value]) => [name, value]));
  founder.set('ewallet-registration-key', registrationKey);
  const { acquireKey, backendKey } = await masters.createMaster(
    { name: 'Master', email: EMAIL, password: PASSWORD },
    { metadata: founder },
  );

  async function makeUser(number: number): Promise<BenchUser> {
    const bySession = await openSession();
    const metadata = toMetadata(bySession);
    await masters.acquireMaster({ email: EMAIL, acquireKey }, { metadata });
    const email = `user.${number}@example.com`;
    const profile = { name: `User ${number}`, email, password: PASSWORD };
    const { account } = await accounts.createAccount(profile, { metadata });
    await accounts.login({ email, password: PASSWORD }, { metadata });
    const accountId = account?.accountId ?? '';
    const byBackend: CallerMetadata = [
      ['ewallet-backend-key', backendKey],
      ['ewallet-on-behalf-of', accountId],
    ];
    const supply = { requestId: randomUUID(), credits: CREDITS };
    await wallets.supplyCredits(supply, { metadata: toMetadata(byBackend) });
    return { accountId, email, bySession, byBackend };
  }

  try {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    return { users: await inParallel(numbers, PARALLEL, makeUser), acquireKey };
  } finally {
    channel.close();
  }
}

/** Opens `count` sessions that have acquired the master of a population, and gives what ends them all. */
export async function openSessions(
  server: EwalletServer,
  { acquireKey }: Population,
  count: number,
): Promise<() => Promise<void>> {
  const channel = createChannel(server.publicAddress);
  const sessions = createClient(SessionServiceDefinition, channel);
  const masters = createClient(MasterServiceDefinition, channel);
  const opened: Metadata[] = [];
  await inParallel(Array.from({ length: count }), PARALLEL, async () => {
    const { clientId } = await sessions.requestClientId({});
    const metadata = Metadata({ 'ewallet-client-id': clientId });
    const { sessionToken } = await sessions.requestSessionToken({}, { metadata });
    metadata.set('authorization', `Bearer ${sessionToken}`);
    await masters.acquireMaster({ email: EMAIL, acquireKey }, { metadata });
    opened.push(metadata);
  });
  return async () => {
    await inParallel(opened, PARALLEL, async (metadata) => {
      await sessions.endSession({}, { metadata });
    });
    channel.close();
  };
}

/** Credentials as the client library takes them. */
export function toMetadata(entries: CallerMetadata): Metadata {
  return Metadata(entries.map(([name, value]) => [name, value]));
}
