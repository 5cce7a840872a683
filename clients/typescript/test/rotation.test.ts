import { beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../../stand/test-servers.js';
import { type Credentials, LoginLostError } from '../src/index.js';
import { openShop } from './support/shop.js';

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

async function begin() {
  const shop = await openShop(server);
  const aliceId = await shop.addUser('alice');
  return { shop, aliceId };
}

test('rotating the session token keeps the login and fails no call that is under way', async () => {
  const { shop, aliceId } = await begin();
  const alice = shop.connectAs(undefined);
  await shop.logIn(alice, 'alice');
  const before = alice.credentials();
  const ask = async () => {
    const { account } = await alice.accounts.getAccount();
    return account?.accountId;
  };
  const askers = Array.from({ length: 40 }, async (_, index) => {
    const own: (string | undefined)[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      if (index === 0) expect((await alice.rotate()).loginsKept).toBe(true);
      own.push(await ask());
    }
    return own;
  });
  expect((await Promise.all(askers)).flat()).toEqual(Array(200).fill(aliceId));
  expect(alice.credentials()?.sessionToken).not.toBe(before?.sessionToken);
  expect(alice.credentials()?.clientId).toBe(before?.clientId);
});

test('tokens of an earlier run are used again, and the login with them', async () => {
  const { shop, aliceId } = await begin();
  const first = shop.connectAs(undefined);
  await shop.logIn(first, 'alice');
  const credentials = first.credentials();
  await first.close();
  const second = shop.connectAs(undefined, credentials ? { credentials } : {});
  expect((await second.accounts.getAccount()).account?.accountId).toBe(aliceId);
  expect(second.credentials()?.sessionToken).toBe(credentials?.sessionToken);
});

test('a token rotated elsewhere: who has no way to log in is told so, and the other stays logged in', async () => {
  const { shop, aliceId } = await begin();
  const one = shop.connectAs(undefined);
  await shop.logIn(one, 'alice');
  const credentials = one.credentials();
  const other = shop.connectAs(undefined, credentials ? { credentials } : {});
  expect((await other.rotate()).loginsKept).toBe(true);
  const lost = await one.accounts.getAccount().catch((error) => error);
  expect(lost).toBeInstanceOf(LoginLostError);
  // It is a client program of its own now: the session that lives on elsewhere was left alone.
  expect(lost.reason).toBe('MASTER_NOT_ACQUIRED');
  expect((await other.accounts.getAccount()).account?.accountId).toBe(aliceId);
  await shop.logIn(one, 'alice');
  expect((await one.accounts.getAccount()).account?.accountId).toBe(aliceId);
  expect((await other.accounts.getAccount()).account?.accountId).toBe(aliceId);
  await one.accounts.logout();
  const out = await one.accounts.getAccount().catch((error) => error);
  expect(out).not.toBeInstanceOf(LoginLostError);
  expect(out.reason).toBe('NOT_LOGGED_IN');
});

test('a token rotated elsewhere: who can log in does so once, however many calls wait', async () => {
  const { shop, aliceId } = await begin();
  let logins = 0;
  const one = shop.connectAs(undefined, {
    login: async (calls) => {
      logins += 1;
      await shop.logIn(calls, 'alice');
    },
  });
  await one.accounts.getAccount();
  expect(logins).toBe(1);
  const credentials = one.credentials();
  const other = shop.connectAs(undefined, credentials ? { credentials } : {});
  await other.rotate();
  const asked = await Promise.all(Array.from({ length: 20 }, () => one.accounts.getAccount()));
  expect(asked.map(({ account }) => account?.accountId)).toEqual(Array(20).fill(aliceId));
  expect(logins).toBe(2);
  expect((await other.accounts.getAccount()).account?.accountId).toBe(aliceId);
});

test('programs that share a store go on with the token that one of them rotated', async () => {
  const { shop, aliceId } = await begin();
  let kept: Credentials | undefined;
  const store = {
    load: async () => kept,
    save: async (credentials: Credentials) => {
      kept = credentials;
    },
  };
  const one = shop.connectAs(undefined, { store });
  await shop.logIn(one, 'alice');
  const other = shop.connectAs(undefined, { store });
  expect((await other.accounts.getAccount()).account?.accountId).toBe(aliceId);
  await other.rotate();
  expect((await one.accounts.getAccount()).account?.accountId).toBe(aliceId);
  expect(one.credentials()?.sessionToken).toBe(other.credentials()?.sessionToken);
});

test('a login callback that fails tells the call why', async () => {
  const { shop } = await begin();
  const client = shop.connectAs(undefined, {
    login: async (calls) => {
      await shop.acquire(calls);
      await calls.accounts.login({ email: 'alice@example.com', password: 'wrong' });
    },
  });
  await expect(client.accounts.getAccount()).rejects.toMatchObject({ reason: 'LOGIN_FAILED' });
});

test('after the session was ended, the next call opens another one', async () => {
  const { shop, aliceId } = await begin();
  const alice = shop.connectAs('alice');
  await alice.accounts.getAccount();
  const before = alice.credentials()?.sessionToken;
  await alice.sessions.endSession();
  expect((await alice.accounts.getAccount()).account?.accountId).toBe(aliceId);
  expect(alice.credentials()?.sessionToken).not.toBe(before);
});
