import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  makeUser,
  openAcquiredSession,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let master: MasterCredentials;

beforeAll(async () => {
  server = await startServer();
  master = await makeMaster(server);
});

async function activeOn(session: { clientId: string; sessionToken: string }) {
  return (await server.clients.accounts.getAccount({}, as(session))).account?.accountId;
}

describe('OK', () => {
  test('another user that is logged in on the session becomes the active one, on this session only', async () => {
    const first = await makeLoggedInUser(server, master);
    const { session } = first;
    const second = await makeUser(server, session);
    const { accounts } = server.clients;
    await accounts.login(second, as(session));
    const other = await openAcquiredSession(server, master);
    await accounts.login(first, as(other));
    await accounts.login(second, as(other));
    expect(await activeOn(session)).toBe(second.accountId);
    const { accountId } = first;
    const switched = await accounts.switchAccount({ accountId }, as(session));
    expect(switched.account).toMatchObject({ accountId, name: first.name });
    expect(await activeOn(session)).toBe(accountId);
    expect(await activeOn(other)).toBe(second.accountId);
    // Both are still logged in.
    await accounts.switchAccount({ accountId: second.accountId }, as(session));
    await accounts.switchAccount({ accountId: second.accountId }, as(session));
    expect(await activeOn(session)).toBe(second.accountId);
  });

  test('logging out on one session leaves the account logged in on another', async () => {
    const user = await makeLoggedInUser(server, master);
    const other = await openAcquiredSession(server, master);
    await server.clients.accounts.login(user, as(other));
    await server.clients.accounts.logout({}, as(user.session));
    expect(await activeOn(other)).toBe(user.accountId);
  });
});

describe('NOT_FOUND', () => {
  test.each(['logged in elsewhere', 'logged out', 'not there'])(
    'a user that is %s',
    async (who) => {
      const { session } = await makeLoggedInUser(server, master);
      const target = await makeLoggedInUser(server, master);
      if (who === 'logged out') {
        await server.clients.accounts.login(target, as(session));
        await server.clients.accounts.logout({ accountId: target.accountId }, as(session));
      }
      const accountId = who === 'not there' ? 'usr_zz' : target.accountId;
      const error = await errorOf((options) =>
        server.clients.accounts.switchAccount({ accountId }, { ...options, ...as(session) }),
      );
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'ACCOUNT_NOT_FOUND',
        metadata: { account_id: accountId },
      });
    },
  );
});

describe('refused', () => {
  test('nobody is logged in', async () => {
    const session = await openAcquiredSession(server, master);
    const error = await errorOf((options) =>
      server.clients.accounts.switchAccount(
        { accountId: 'usr_zz' },
        { ...options, ...as(session) },
      ),
    );
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'NOT_LOGGED_IN' });
  });

  test('no account is named', async () => {
    const { session } = await makeLoggedInUser(server, master);
    const error = await errorOf((options) =>
      server.clients.accounts.switchAccount({ accountId: '' }, { ...options, ...as(session) }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['account_id'] });
  });
});
