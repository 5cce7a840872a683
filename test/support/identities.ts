import { formatId, parseId } from '../../src/model/public-id.js';
import type { CallerCredentials } from './clients.js';
import type { GivenFields } from './minimal-request.js';
import {
  type MasterCredentials,
  makeLoggedInUser,
  makeMaster,
  openAcquiredSession,
  openSession,
  type SessionCredentials,
  type UserCredentials,
} from './people.js';
import { operatorKey, registrationKey } from './server-secrets.js';
import type { TestServer } from './start-server.js';

/** Somebody who calls, as one who read the access rules only would describe him. */
export type Identity = {
  readonly name: string;
  /** The callers of access rules that he is, by their names without prefix. */
  readonly is: readonly string[];
  readonly standing: 'good' | 'pending removal' | 'frozen';
  readonly sent: CallerCredentials;
  /** What its requests name: others' ids, where a missing one would be refused before the standing is looked at. */
  readonly given: GivenFields;
};

/** Masters that last, and what makes their identities. */
export type Cast = {
  readonly names: readonly string[];
  /** The identity: the one of before, until {@link spend}. */
  get(name: string): Promise<Identity>;
  /** After a call that may have changed things: the identity is made anew next time, and the masters stand as they did. */
  spend(name: string): Promise<void>;
};

const client = ['CLIENT'];
const session = ['CLIENT', 'SESSION'];
const acquired = [...session, 'ACQUIRED'];
const user = [...acquired, 'USER'];

/** Makes the masters. */
export async function createCast(server: TestServer): Promise<Cast> {
  const { knex } = server.db;
  const own = await makeMaster(server);
  const frozen = await makeMaster(server);
  const leaving = await makeMaster(server);
  const idOf = async (table: string, email: string) =>
    String((await knex(table).where({ email }).first('id')).id);
  const ids = {
    own: await idOf('masters', own.email),
    frozen: await idOf('masters', frozen.email),
    leaving: await idOf('masters', leaving.email),
  };

  const stand = (masterId: string, frozenTime: number | null, unlinkTime: number | null) =>
    knex('masters')
      .where('id', masterId)
      .update({ frozen_time: frozenTime, unlink_time: unlinkTime });

  async function restore(): Promise<void> {
    await stand(ids.own, null, null);
    await stand(ids.frozen, server.time.now(), null);
    await stand(ids.leaving, null, server.time.now());
  }

  /** A user of a master, made and logged in while the master was in good standing. */
  async function userOf(master: MasterCredentials) {
    await stand(ids.frozen, null, null);
    await stand(ids.leaving, null, null);
    const made = await makeLoggedInUser(server, master);
    await restore();
    return made;
  }

  async function unlink(email: string): Promise<void> {
    await knex('users').where({ email }).update({ unlink_time: server.time.now() });
  }

  /** Logged in as LoginMaster would, without the password that other calls may have changed. */
  async function masterSession(masterId: string): Promise<SessionCredentials> {
    const opened = await openSession(server);
    const { id } = await knex('sessions').orderBy('id', 'desc').first('id');
    await knex('sessions').where('id', String(id)).update({ active_master_id: masterId });
    return opened;
  }

  /** A user that others pay, and one that backends act for by naming it in a message. */
  const extras = new Map<MasterCredentials, GivenFields>();
  for (const master of [own, frozen, leaving]) {
    const payee = await userOf(master);
    const customer = await userOf(master);
    extras.set(master, { payee_account_id: payee.accountId, account_id: customer.accountId });
  }
  const payeeOf = (master: MasterCredentials): GivenFields => {
    const { payee_account_id: payee = '' } = extras.get(master) ?? {};
    return { payee_account_id: payee };
  };

  /** What a user has: a method that takes its id looks whose it is before it looks at the standing. */
  async function belongingsOf({ walletId }: UserCredentials): Promise<GivenFields> {
    const id = parseId('wallet', walletId) ?? 0n;
    const wallet = await knex<{ id: bigint }>('wallets').where({ id }).first('active_clock_id');
    const { active_clock_id: clockId } = wallet as unknown as { active_clock_id: bigint };
    return { wallet_id: walletId, clock_id: formatId('clock', clockId) };
  }

  async function frozenUserOf(master: MasterCredentials): Promise<Made> {
    const made = await userOf(master);
    const given = { ...payeeOf(master), ...(await belongingsOf(made)) };
    return { is: user, standing: 'frozen', sent: made.session, given };
  }

  type Made = Omit<Identity, 'name' | 'given' | 'standing'> & Partial<Identity>;
  const makers: Record<string, () => Promise<Made>> = {
    nobody: async () => ({ is: [], sent: {} }),
    'a client program': async () => {
      const { clientId } = await server.clients.sessions.requestClientId({});
      return { is: client, sent: { clientId } };
    },
    'a session': async () => ({ is: session, sent: await openSession(server) }),
    'a session with an acquired master': async () => ({
      is: acquired,
      sent: await openAcquiredSession(server, own),
    }),
    'a user': async () => ({ is: user, sent: (await userOf(own)).session }),
    'a user pending removal': async () => {
      const made = await userOf(own);
      await unlink(made.email);
      const given = { ...payeeOf(own), ...(await belongingsOf(made)) };
      return { is: user, standing: 'pending removal', sent: made.session, given };
    },
    'a user of a frozen master': () => frozenUserOf(frozen),
    // For its users, such a master counts as frozen.
    'a user of a master pending removal': () => frozenUserOf(leaving),
    'a master': async () => ({ is: [...session, 'MASTER'], sent: await masterSession(ids.own) }),
    'a master pending removal': async () => ({
      is: [...session, 'MASTER'],
      standing: 'pending removal',
      sent: await masterSession(ids.leaving),
    }),
    'a backend': async () => ({
      is: ['BACKEND'],
      sent: { backendKey: own.backendKey },
      given: extras.get(own) ?? {},
    }),
    'a backend of a frozen master': async () => ({
      is: ['BACKEND'],
      standing: 'frozen',
      sent: { backendKey: frozen.backendKey },
      given: extras.get(frozen) ?? {},
    }),
    'a backend for a user': async () => ({
      is: ['BACKEND_FOR_USER'],
      sent: { backendKey: own.backendKey, onBehalfOf: (await userOf(own)).accountId },
    }),
    'a backend for a user pending removal': async () => {
      const made = await userOf(own);
      await unlink(made.email);
      const sent = { backendKey: own.backendKey, onBehalfOf: made.accountId };
      const given = { ...payeeOf(own), ...(await belongingsOf(made)) };
      return { is: ['BACKEND_FOR_USER'], standing: 'pending removal', sent, given };
    },
    "a backend for another master's user": async () => ({
      is: [],
      sent: { backendKey: own.backendKey, onBehalfOf: (await userOf(frozen)).accountId },
    }),
    'an acquire key in place of a backend key': async () => ({
      is: [],
      sent: { backendKey: own.acquireKey },
    }),
    'a backend key in place of a session token': async () => {
      const { clientId } = await openSession(server);
      return { is: client, sent: { clientId, sessionToken: own.backendKey } };
    },
    "a session token with another's client token": async () => {
      const [{ clientId }, { sessionToken }] = [
        await openSession(server),
        await openSession(server),
      ];
      return { is: client, sent: { clientId, sessionToken } };
    },
    'the operator': async () => ({ is: ['OPERATOR'], sent: { operatorKey } }),
    'somebody with a wrong operator key': async () => ({
      is: [],
      sent: { operatorKey: `${operatorKey}x` },
    }),
  };
  const made = new Map<string, Identity>();

  async function make(name: string): Promise<Identity> {
    const { sent, ...rest } = await (makers[name] as (typeof makers)[string])();
    const identity: Identity = {
      name,
      standing: 'good',
      given: payeeOf(own),
      ...rest,
      sent: { ...sent, registrationKey },
    };
    made.set(name, identity);
    return identity;
  }

  await restore();
  return {
    names: Object.keys(makers),
    get: async (name) => made.get(name) ?? make(name),
    async spend(name) {
      made.delete(name);
      await restore();
    },
  };
}
