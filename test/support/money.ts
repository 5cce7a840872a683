import { randomUUID } from 'node:crypto';
import { as } from './clients.js';
import {
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  type SessionCredentials,
  type UserCredentials,
} from './people.js';
import { operatorKey } from './server-secrets.js';
import type { TestServer } from './start-server.js';

/** A user, logged in on a session of its own. */
export type LoggedInUser = UserCredentials & { session: SessionCredentials };

/** A master with a funded pool, and two of its users: the payer has credits, the payee none. */
export type Shop = { master: MasterCredentials; payer: LoggedInUser; payee: LoggedInUser };

/** Makes a shop whose payer holds `credits`, and whose pool holds as many again. */
export async function makeShop(server: TestServer, credits = 1_000n): Promise<Shop> {
  const master = await makeMaster(server);
  const payer = await makeLoggedInUser(server, master);
  const payee = await makeLoggedInUser(server, master);
  await fund(server, master, credits * 2n);
  await supply(server, master, payer, credits);
  return { master, payer, payee };
}

/** Adds credits to a master's pool, as the operator. */
export function fund({ clients }: TestServer, master: MasterCredentials, credits: bigint) {
  const request = { requestId: randomUUID(), masterId: master.masterId, credits };
  return clients.system.fundMaster(request, as({ operatorKey }));
}

/** Supplies a user from the pool, as the master's backend. */
export function supply(
  { clients }: TestServer,
  { backendKey }: MasterCredentials,
  user: UserCredentials,
  credits: bigint,
) {
  const request = { requestId: randomUUID(), credits };
  return clients.wallets.supplyCredits(request, as({ backendKey, onBehalfOf: user.accountId }));
}

/** A payment request to a user, with a request id of its own. */
export function paymentTo(payee: UserCredentials, credits: bigint) {
  return {
    requestId: randomUUID(),
    payee: { $case: 'payeeAccountId' as const, value: payee.accountId },
    credits,
  };
}

/** Credits in the active wallet of a user. */
export async function balanceOf({ clients }: TestServer, user: LoggedInUser): Promise<bigint> {
  const { wallet } = await clients.wallets.getWallet({}, as(user.session));
  return wallet?.balanceCredits ?? -1n;
}
