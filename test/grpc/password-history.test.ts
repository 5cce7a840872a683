import { beforeAll, expect, test } from 'vitest';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  goodPassword,
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;
let master: MasterCredentials;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_PASSWORD_HISTORY: '2' } });
  master = await makeMaster(server);
});

const numbered = (count: number) => `correct-horse-${count}`;

test('the present password and the last two before it are refused, older ones are forgotten', async () => {
  const { session, email } = await makeLoggedInUser(server, master);
  const { accounts } = server.clients;
  const change = (currentPassword: string, newPassword: string) =>
    accounts.changePassword({ currentPassword, newPassword }, as(session));
  const refusal = (currentPassword: string, newPassword: string) =>
    errorOf((options) =>
      accounts.changePassword({ currentPassword, newPassword }, { ...options, ...as(session) }),
    );
  await change(goodPassword, numbered(1));
  await change(numbered(1), numbered(2));
  await change(numbered(2), numbered(3));
  for (const used of [numbered(3), numbered(2), numbered(1)]) {
    expect(await refusal(numbered(3), used)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'PASSWORD_REUSED',
      fields: ['new_password'],
    });
  }
  expect((await refusal(numbered(3), 'weak')).reason).toBe('PASSWORD_TOO_WEAK');
  await change(numbered(3), goodPassword);
  const { id } = await server.db.knex('users').where({ email }).first('id');
  const archive = await server.db.knex('password_archive').where('owner_id', id).select('*');
  expect(archive).toHaveLength(2);
  expect(archive.every((row) => row.password_hash.startsWith('$argon2id$'))).toBe(true);
});

test('of changes at once, one counts', async () => {
  const { session } = await makeLoggedInUser(server, master);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, count) =>
      server.clients.accounts.changePassword(
        { currentPassword: goodPassword, newPassword: numbered(count + 10) },
        as(session),
      ),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
