import { beforeAll, describe, expect, test } from 'vitest';
import { parseId } from '../../src/model/public-id.js';
import { errorOf } from '../support/call-error.js';
import { as } from '../support/clients.js';
import {
  emailOf,
  goodPassword,
  makeMaster,
  openAcquiredSession,
  uniqueName,
} from '../support/people.js';
import { startServer, type TestServer } from '../support/start-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  // Every connection of the pool is open by then: the racers really meet.
  await Promise.all(Array.from({ length: 50 }, () => server.clients.sessions.requestClientId({})));
});

function newUser(changes: object = {}) {
  const name = uniqueName('New');
  return { name, email: emailOf(name), password: goodPassword, ...changes };
}

describe('ALREADY_EXISTS', () => {
  test('of ten that ask at once for one e-mail, one gets it, and one is counted', async () => {
    const own = await makeMaster(server);
    const acquired = await openAcquiredSession(server, own);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        server.clients.accounts.createAccount(newUser({ email: 'one@b.ro' }), as(acquired)),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const shown = await server.clients.masters.getMaster({}, as({ backendKey: own.backendKey }));
    expect(shown.master?.subordinateCount).toBe(1);
  });
});

describe('RESOURCE_EXHAUSTED', () => {
  test('of 20 that ask at once for the last 5 places, 5 get one', async () => {
    const own = await makeMaster(server);
    const id = parseId('master', own.masterId);
    await server.db.knex('masters').where({ id }).update({ subordinate_limit: 5 });
    const acquired = await openAcquiredSession(server, own);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        server.clients.accounts.createAccount(newUser(), as(acquired)).then(
          () => 'made',
          () => 'refused',
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(5);
    const { knex } = server.db;
    expect(await knex('users').where({ master_id: id }).count('* as n')).toEqual([{ n: 5n }]);
    expect(await knex('wallets').where({ master_id: id }).count('* as n')).toEqual([{ n: 5n }]);
    const shown = await server.clients.masters.getMaster({}, as({ backendKey: own.backendKey }));
    expect(shown.master?.subordinateCount).toBe(5);
    const error = await errorOf((options) =>
      server.clients.accounts.createAccount(newUser(), { ...options, ...as(acquired) }),
    );
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'SUBORDINATE_POOL_FULL',
      metadata: { master_id: own.masterId, limit: '5' },
    });
  });
});
