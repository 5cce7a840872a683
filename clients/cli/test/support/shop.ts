import { randomBytes } from 'node:crypto';
import { connect, connectBackend } from '@ewallet/client';
import type { Server } from '../../../stand/test-servers.js';
import { createStore } from '../../src/client/servers.js';
import { openProfiles } from '../../src/config/profiles.js';
import { createPerson, type Person } from './run-cli.js';

/** Everybody's password. */
export const password = 'correct-horse-1';

/** A user of a shop, logged in. */
export type Customer = Person & { email: string; accountId: string };

/** A master and two of its users, each with a configuration folder of their own. */
export type Shop = {
  owner: Person;
  masterId: string;
  masterEmail: string;
  acquireKey: string;
  alice: Customer;
  bob: Customer;
};

/** Registers a master, which is the operator, too, and logs Alice and Bob in. Alice is supplied with 500 credits. */
export async function openShop(server: Server): Promise<Shop> {
  const suffix = randomBytes(4).toString('hex');
  const { address, operatorKey, registrationKey } = server;
  const owner = settle(createPerson(), server);
  const masterEmail = `shop-${suffix}@example.com`;
  const profiles = profilesOf(owner);
  await using program = connect({ address, store: createStore(profiles, 'test') });
  const { acquireKey, backendKey, master } = await program.masters.createMaster(
    { name: `Shop ${suffix}`, email: masterEmail, password },
    { registrationKey },
  );
  profiles.update('test', { operatorKey, registrationKey, masterEmail, acquireKey, backendKey });

  async function register(name: string): Promise<Customer> {
    const person = settle(createPerson(), server);
    const email = `${name}-${suffix}@example.com`;
    await using calls = connect({ address, store: createStore(profilesOf(person), 'test') });
    await calls.masters.acquireMaster({ email: masterEmail, acquireKey });
    const { account } = await calls.accounts.createAccount({ name, email, password });
    await calls.accounts.login({ email, password });
    profilesOf(person).update('test', { masterEmail, acquireKey, email });
    return { ...person, email, accountId: account?.accountId ?? '' };
  }
  const alice = await register('alice');
  const bob = await register('bob');
  await using backend = connectBackend({ address, backendKey });
  await backend.onBehalfOf(alice.accountId).wallets.supplyCredits({ credits: 500n });
  return { owner, masterId: master?.masterId ?? '', masterEmail, acquireKey, alice, bob };
}

/** Makes a profile for a server, as `ewallet use` does. */
export function settle(person: Person, { address, operatorAddress }: Server): Person {
  const profiles = profilesOf(person);
  profiles.update('test', { address, operatorAddress });
  profiles.use('test');
  return person;
}

/** Credits in somebody's active wallet. */
export async function balanceOf(person: Person): Promise<string> {
  type Answer = { wallet: { balanceCredits: string } };
  return (await person.json<Answer>(['wallet', 'get'])).wallet.balanceCredits;
}

function profilesOf({ folder }: Person) {
  return openProfiles({ EWALLET_CONFIG_DIR: folder });
}
