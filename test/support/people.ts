import { as, type CallerCredentials } from './clients.js';
import { registrationKey } from './server-secrets.js';
import type { TestServer } from './start-server.js';

/** A session as its holder knows it. */
export type SessionCredentials = { clientId: string; sessionToken: string };

/** A master as its owner knows it. */
export type MasterCredentials = {
  masterId: string;
  name: string;
  email: string;
  acquireKey: string;
  backendKey: string;
};

/** A user as itself knows it. */
export type UserCredentials = {
  accountId: string;
  walletId: string;
  name: string;
  email: string;
  password: string;
};

/** A password that the policy takes. */
export const goodPassword = 'correct-horse-7';

let made = 0;

/** A name that nothing else in this test file has. */
export function uniqueName(prefix: string): string {
  made += 1;
  return `${prefix} ${made}`;
}

/** The e-mail address that belongs to a name. */
export function emailOf(name: string): string {
  return `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
}

/** A new client program with a session. */
export async function openSession({ clients }: TestServer): Promise<SessionCredentials> {
  const { clientId } = await clients.sessions.requestClientId({});
  const { sessionToken } = await clients.sessions.requestSessionToken({}, as({ clientId }));
  return { clientId, sessionToken };
}

/** A new master, with its first two keys. */
export async function makeMaster(server: TestServer): Promise<MasterCredentials> {
  const session = await openSession(server);
  const name = uniqueName('Master');
  const created = await server.clients.masters.createMaster(
    { name, email: emailOf(name), password: goodPassword },
    as({ ...session, registrationKey }),
  );
  const { acquireKey, backendKey, master } = created;
  const masterId = master?.masterId ?? '';
  return { masterId, name, email: emailOf(name), acquireKey, backendKey };
}

/** A new session whose client program has acquired the master. */
export async function openAcquiredSession(
  server: TestServer,
  master: MasterCredentials,
): Promise<SessionCredentials> {
  const session = await openSession(server);
  const { email, acquireKey } = master;
  await server.clients.masters.acquireMaster({ email, acquireKey }, as(session));
  return session;
}

/** A new user of the master that the session has acquired. Not logged in. */
export async function makeUser(
  server: TestServer,
  session: CallerCredentials,
): Promise<UserCredentials> {
  const name = uniqueName('User');
  const user = { name, email: emailOf(name), password: goodPassword };
  const { account } = await server.clients.accounts.createAccount(user, as(session));
  return {
    ...user,
    accountId: account?.accountId ?? '',
    walletId: account?.activeWalletId ?? '',
  };
}

/** A new user, logged in on a session of its own. */
export async function makeLoggedInUser(
  server: TestServer,
  master: MasterCredentials,
): Promise<UserCredentials & { session: SessionCredentials }> {
  const session = await openAcquiredSession(server, master);
  const user = await makeUser(server, session);
  await server.clients.accounts.login(user, as(session));
  return { ...user, session };
}
