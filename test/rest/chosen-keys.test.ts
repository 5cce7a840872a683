import { beforeAll, expect, test } from 'vitest';
import { createRestClient, type RestClient, type Tokens } from '../support/rest-client.js';
import { developmentSettings } from '../support/rest-people.js';
import { startServer } from '../support/start-server.js';

let rest: RestClient;

beforeAll(async () => {
  // Without a default key: only the chosen ones count.
  const env = { ...developmentSettings, EWALLET_DEFAULT_ACQUIRE_KEY: '' };
  rest = createRestClient((await startServer({ env })).restAddress);
});

function profileOf(name: string) {
  const texts = { user_phone: '1', user_alias: name, company: name, address: name };
  return {
    ...texts,
    user_name: name,
    user_email: `${name}@example.com`,
    user_pass: 'Secret-of-shop-1!',
  };
}

async function makeMaster(name: string, key: string): Promise<Tokens> {
  const tokens = await rest.openSession();
  const profile = profileOf(name);
  const { account_data: data } = await rest.succeed('CreateMaster', { ...tokens, ...profile, key });
  expect(data).toMatchObject({ key_code: key });
  await rest.succeed('MasterAccountLogin', { ...tokens, ...profile });
  return tokens;
}

async function fits(name: string, key: string): Promise<boolean> {
  const tokens = await rest.openSession();
  const acquisition = { ...tokens, master: `${name}@example.com`, key };
  const { json } = await rest.execute('AcquireMaster', acquisition);
  if (json.failed) expect(json.details).toBe('MASTER_KEY_REFUSED');
  return json.failed === false;
}

test('two masters may choose the same key, and each is acquired with its own', async () => {
  await makeMaster('one', 'the-same-key');
  await makeMaster('two', 'the-same-key');
  await makeMaster('three', 'another-key');
  expect(await fits('one', 'the-same-key')).toBe(true);
  expect(await fits('two', 'the-same-key')).toBe(true);
  expect(await fits('three', 'the-same-key')).toBe(false);
});

test('a new key replaces the one before, which may be chosen again', async () => {
  const tokens = await makeMaster('four', 'first-key');
  for (const [now, before] of [
    ['second-key', 'first-key'],
    ['first-key', 'second-key'],
    ['first-key', 'second-key'],
  ] as const) {
    await rest.succeed('MasterEditAccount', { ...tokens, key: now });
    expect([await fits('four', now), await fits('four', before)]).toEqual([true, false]);
  }
});

test.each(['short', 'with a space', 'x'.repeat(257), 'ümlautig'])(
  '%s is no key to choose',
  async (key) => {
    const args = { ...(await rest.openSession()), ...profileOf('five'), key };
    await rest.fail('CreateMaster', args, 'VALIDATION_FAILED');
  },
);
