import type { RestClient, Tokens } from './rest-client.js';

/** What the development profile opens, so that clients of the predecessor are served as they are. */
export const developmentSettings = {
  EWALLET_OPEN_REGISTRATION: 'true',
  EWALLET_NEW_MASTER_CREDIT_LIMIT: '1000000',
  EWALLET_NEW_MASTER_SELF_SUPPLY: 'true',
  EWALLET_DEFAULT_ACQUIRE_KEY: 'known-default-acquire-key',
  EWALLET_DEFAULT_SUBORDINATE_LIMIT: '1000',
  EWALLET_FORCED_REMOVAL: 'true',
  EWALLET_CHOSEN_ACQUIRE_KEYS: 'true',
  EWALLET_LEGACY_PASSWORD_EDIT: 'true',
  EWALLET_REST_REQUESTS_PER_MINUTE: '0',
};

/** The acquire key that fits every master. */
export const defaultKey = developmentSettings.EWALLET_DEFAULT_ACQUIRE_KEY;

const master = {
  user_name: 'The shop',
  user_email: 'the.shop@example.com',
  user_pass: 'Secret-of-shop-1!',
  user_phone: '555 1',
  user_alias: 'shop',
  company: 'Shop INC',
  address: 'Main Street 1',
};

/** A new user of one master, which is made with the first one, logged in on a session of its own. The e-mail is made of the name. */
export async function openAccount(
  rest: RestClient,
  name: string,
  password: string,
): Promise<Tokens> {
  const tokens = await rest.openSession();
  const acquisition = { ...tokens, master: master.user_email, key: defaultKey };
  const { json } = await rest.execute('AcquireMaster', acquisition);
  if (json.failed) {
    await rest.succeed('CreateMaster', { ...tokens, ...master });
    await rest.succeed('AcquireMaster', acquisition);
  }
  const login = { user_email: `${name}@example.com`, user_pass: password };
  const profile = { ...login, user_name: name, user_phone: '555 2', user_alias: name };
  await rest.execute('CreateAccount', { ...tokens, ...profile });
  await rest.succeed('AccountLogin', { ...tokens, ...login });
  return tokens;
}
