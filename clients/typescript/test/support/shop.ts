import { afterAll } from 'vitest';
import type { Server } from '../../../stand/test-servers.js';
import {
  type ConnectOptions,
  connect,
  connectBackend,
  type EWallet,
  type EWalletBackend,
  type PublicCalls,
} from '../../src/index.js';

/** Every user's password. */
export const password = 'correct-horse-1';

/** A master with users, on a server. */
export type Shop = {
  readonly masterId: string;
  readonly backend: EWalletBackend;
  readonly backendKey: string;
  /** Acquires the master. */
  acquire(calls: PublicCalls): Promise<void>;
  /** Acquires the master and logs a user in, by name. */
  logIn(calls: PublicCalls, name: string): Promise<void>;
  /** Registers a user with so many credits; its name is in its e-mail address, too. Gives the account id. */
  addUser(name: string, credits?: bigint): Promise<string>;
  /** A client that logs in as this user when it has to, or one that does not log in. */
  connectAs(name: string | undefined, options?: Partial<ConnectOptions>): EWallet;
};

let shops = 0;
const open: { close(): Promise<void> }[] = [];

afterAll(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

/** E-mail address of a user of a shop. */
export function emailOf(name: string): string {
  return `${name}@example.com`;
}

/** A payment order for a stream. */
export function payTo(name: string, credits = 1n) {
  const payee = { $case: 'payeeEmail' as const, value: emailOf(name) };
  return { order: { $case: 'pay' as const, value: { payee, credits } } };
}

/** The request of a payment to a user. */
export function paymentTo(name: string, credits = 1n) {
  return { payee: { $case: 'payeeEmail' as const, value: emailOf(name) }, credits };
}

/** Registers a master on a server. */
export async function openShop(server: Server): Promise<Shop> {
  shops += 1;
  const suffix = `${process.pid}-${shops}-${Date.now()}`;
  const email = `shop-${suffix}@example.com`;
  const admin = remember(connect({ address: server.address }));
  const { registrationKey } = server;
  const { master, acquireKey, backendKey } = await admin.masters.createMaster(
    { name: `Shop ${suffix}`, email, password },
    registrationKey === undefined ? {} : { registrationKey },
  );
  const acquire = async (calls: PublicCalls) => {
    await calls.masters.acquireMaster({ email, acquireKey });
  };
  const logIn = async (calls: PublicCalls, name: string) => {
    await acquire(calls);
    await calls.accounts.login({ email: emailOf(name), password });
  };
  await acquire(admin);
  const backend = remember(connectBackend({ address: server.address, backendKey }));
  return {
    masterId: master?.masterId ?? '',
    backend,
    backendKey,
    acquire,
    logIn,
    async addUser(name, credits = 0n) {
      const { account } = await admin.accounts.createAccount({
        name,
        email: emailOf(name),
        password,
      });
      const accountId = account?.accountId ?? '';
      if (credits > 0n) await backend.onBehalfOf(accountId).wallets.supplyCredits({ credits });
      return accountId;
    },
    connectAs: (name, options) =>
      remember(
        connect({
          address: server.address,
          ...(name === undefined ? {} : { login: (calls) => logIn(calls, name) }),
          ...options,
        }),
      ),
  };
}

/** Closes it after the tests of the file. */
export function remember<T extends { close(): Promise<void> }>(client: T): T {
  open.push(client);
  return client;
}

/** What is in the active wallet. */
export async function balanceOf(calls: PublicCalls): Promise<bigint> {
  const { wallet } = await calls.wallets.getWallet();
  return wallet?.balanceCredits ?? -1n;
}
