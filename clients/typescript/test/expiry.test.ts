import { beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../../stand/test-servers.js';
import { connect, LoginLostError } from '../src/index.js';
import { openShop, type Shop } from './support/shop.js';
import { waitUntil } from './support/wait-until.js';

/** The shortest life that a server can be told to give tokens: what expires here expires while the test waits. */
const env = { EWALLET_SESSION_TOKEN_MINUTES: '1', EWALLET_CLIENT_TOKEN_MINUTES: '2' };
const shortClients = { EWALLET_SESSION_TOKEN_MINUTES: '2', EWALLET_CLIENT_TOKEN_MINUTES: '1' };

let server: Server;
let shop: Shop;
let aliceId: string;
let clientsExpire: Server;
let sessionsExpire: Server;

beforeAll(async () => {
  server = await startServer({ env });
  clientsExpire = await startServer({ env: shortClients });
  sessionsExpire = await startServer({ env: { EWALLET_ANONYMOUS_SESSION_SECONDS: '2' } });
  shop = await openShop(server);
  aliceId = await shop.addUser('alice');
});

/** Waits until the server says that the tokens are over which a client has shown. */
async function untilExpired(address: string, sessionToken: string, clientId: string) {
  const observer = connect({ address });
  await waitUntil('expiry', async () => {
    const [session, client] = await Promise.all([
      observer.sessions.getSessionTokenStatus({ sessionToken }),
      observer.sessions.getClientTokenStatus({ clientId }),
    ]);
    return !session.valid || !client.valid;
  });
  await observer.close();
}

/** Logs in and lets the tokens be: another client than the one that keeps them alive goes on with them. */
async function leaveTokens(of: Shop) {
  const first = of.connectAs(undefined);
  await of.logIn(first, 'alice');
  const credentials = first.credentials();
  await first.close();
  if (!credentials) throw new Error('There are no credentials after a login.');
  return credentials;
}

describe.concurrent('tokens whose time is over', () => {
  test('a client that is not used keeps its login: tokens are kept alive in the background', async () => {
    const alice = shop.connectAs(undefined);
    await shop.logIn(alice, 'alice');
    const sessionToken = alice.credentials()?.sessionToken;
    const over = Date.now() + 70_000;
    await waitUntil('a time at which the tokens would be over', () => Date.now() > over);
    expect((await alice.accounts.getAccount()).account?.accountId).toBe(aliceId);
    expect(alice.credentials()?.sessionToken).toBe(sessionToken);
  });

  test('an expired session token: the client program stays, the login is lost and said to be', async () => {
    const credentials = await leaveTokens(shop);
    await untilExpired(server.address, credentials.sessionToken, credentials.clientId);
    const alice = shop.connectAs(undefined, { credentials });
    const lost = await alice.accounts.getAccount().catch((error) => error);
    expect(lost).toBeInstanceOf(LoginLostError);
    expect(lost.reason).toBe('NOT_LOGGED_IN');
    expect(alice.credentials()?.clientId).toBe(credentials.clientId);
    await alice.accounts.login({ email: 'alice@example.com', password: 'correct-horse-1' });
    expect((await alice.accounts.getAccount()).account?.accountId).toBe(aliceId);
  });

  test('an expired session token: who can log in does so, and the call is answered', async () => {
    const credentials = await leaveTokens(shop);
    await untilExpired(server.address, credentials.sessionToken, credentials.clientId);
    const alice = shop.connectAs('alice', { credentials });
    expect((await alice.accounts.getAccount()).account?.accountId).toBe(aliceId);
  });

  test('an expired client token is replaced, and the session with it', async () => {
    const otherShop = await openShop(clientsExpire);
    const otherId = await otherShop.addUser('alice');
    const credentials = await leaveTokens(otherShop);
    await untilExpired(clientsExpire.address, credentials.sessionToken, credentials.clientId);
    const alice = otherShop.connectAs(undefined, { credentials });
    const lost = await alice.accounts.getAccount().catch((error) => error);
    expect(lost).toBeInstanceOf(LoginLostError);
    expect(alice.credentials()?.clientId).not.toBe(credentials.clientId);
    const again = otherShop.connectAs('alice', { credentials });
    expect((await again.accounts.getAccount()).account?.accountId).toBe(otherId);
  });

  test('a session that acquired no master is opened again when its short time is over', async () => {
    const briefShop = await openShop(sessionsExpire);
    const client = briefShop.connectAs(undefined);
    const first = await client.rotate();
    await untilExpired(
      sessionsExpire.address,
      first.sessionToken,
      client.credentials()?.clientId ?? '',
    );
    // Nobody was logged in: nothing is said to be lost.
    const missing = await client.accounts.getAccount().catch((error) => error);
    expect(missing).not.toBeInstanceOf(LoginLostError);
    expect(missing.reason).toBe('MASTER_NOT_ACQUIRED');
    await briefShop.acquire(client);
    expect(client.credentials()?.sessionToken).not.toBe(first.sessionToken);
  });
});
