import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { Direction } from '../../generated/ewallet/v1/transfer_sheet_service.js';
import type { Entry } from '../../generated/ewallet/v1/wallet_service.js';
import { as, type CallerCredentials, type Clients } from './clients.js';
import type { Payment } from './pay.js';
import { goodPassword } from './people.js';
import { operatorKey, registrationKey } from './server-secrets.js';

/** A customer with a session of its own. */
export type Customer = {
  accountId: string;
  walletId: string;
  email: string;
  session: CallerCredentials;
};

/** A master and its customers: where a test of payments begins. */
export type Story = {
  masterId: string;
  masterEmail: string;
  acquireKey: string;
  backendKey: string;
  customers: Customer[];
};

/** Customers that are made at once. */
const AT_ONCE = 16;

/**
 * Makes a master and `customers` logged-in customers, each supplied with `credits`, by gRPC alone. The names are made of
 * `name`, which nothing else in the database may have. The server has to let new masters owe.
 */
export async function tellStory(
  clients: Clients,
  options: { name: string; customers: number; credits: bigint },
): Promise<Story> {
  const masterEmail = `${options.name}@example.com`;
  const created = await clients.masters.createMaster(
    { name: options.name, email: masterEmail, password: goodPassword },
    as({ ...(await openSession(clients)), registrationKey }),
  );
  const { acquireKey, backendKey } = created;
  const masterId = created.master?.masterId ?? '';
  const story: Story = { masterId, masterEmail, acquireKey, backendKey, customers: [] };
  const emails = Array.from(
    { length: options.customers },
    (_, at) => `${options.name}-${at}@a.example`,
  );
  for (let at = 0; at < emails.length; at += AT_ONCE) {
    const some = emails.slice(at, at + AT_ONCE);
    const made = some.map((email) => makeCustomer(clients, story, email, options.credits));
    story.customers.push(...(await Promise.all(made)));
  }
  return story;
}

async function makeCustomer(
  clients: Clients,
  story: Story,
  email: string,
  credits: bigint,
): Promise<Customer> {
  const session = await acquire(clients, story);
  const profile = { name: email, email, password: goodPassword };
  const { account } = await clients.accounts.createAccount(profile, as(session));
  await clients.accounts.login(profile, as(session));
  const accountId = account?.accountId ?? '';
  if (credits > 0n) await supply(clients, story, accountId, credits);
  return { accountId, walletId: account?.activeWalletId ?? '', email, session };
}

async function openSession(clients: Clients): Promise<CallerCredentials> {
  const { clientId } = await clients.sessions.requestClientId({});
  const { sessionToken } = await clients.sessions.requestSessionToken({}, as({ clientId }));
  return { clientId, sessionToken };
}

async function acquire(clients: Clients, story: Story): Promise<CallerCredentials> {
  const session = await openSession(clients);
  const { masterEmail: email, acquireKey } = story;
  await clients.masters.acquireMaster({ email, acquireKey }, as(session));
  return session;
}

/** The same customer, logged in once more on a new session of a new client program. */
export async function logInAgain(
  clients: Clients,
  story: Story,
  customer: Customer,
): Promise<Customer> {
  const session = await acquire(clients, story);
  await clients.accounts.login({ email: customer.email, password: goodPassword }, as(session));
  return { ...customer, session };
}

/** Credentials of the master's own server, acting for a customer. */
export function onBehalfOf(story: Story, customer: Customer): CallerCredentials {
  return { backendKey: story.backendKey, onBehalfOf: customer.accountId };
}

/** Supplies a customer from the master's pool. */
export async function supply(
  clients: Clients,
  { backendKey }: Story,
  accountId: string,
  credits: bigint,
): Promise<void> {
  const request = { requestId: randomUUID(), credits };
  await clients.wallets.supplyCredits(request, as({ backendKey, onBehalfOf: accountId }));
}

/** A payment that nobody has sent so far. */
export function paymentBetween(payer: Customer, payee: Customer, credits: bigint): Payment {
  const request = {
    requestId: randomUUID(),
    payee: { $case: 'payeeEmail' as const, value: payee.email },
    credits,
  };
  return { caller: payer.session, request };
}

/** Credits in the customer's wallet. */
export async function balanceOf(
  clients: Clients,
  { walletId, session }: Customer,
): Promise<bigint> {
  const { wallet } = await clients.wallets.getWallet({ walletId }, as(session));
  return wallet?.balanceCredits ?? -1n;
}

/** All entries of the customer's wallet, oldest first. */
export async function entriesOf(
  clients: Clients,
  { walletId, session }: Customer,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  let pageToken = '';
  do {
    const page = await clients.wallets.listEntries(
      { walletId, pageSize: 500, pageToken },
      as(session),
    );
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return entries.reverse();
}

/** Holds the entries of a wallet against themselves: every balance is the one before and the credits moved. */
export function expectGapless(entries: readonly Entry[]): void {
  let balance = 0n;
  for (const [at, entry] of entries.entries()) {
    const incoming = entry.direction === Direction.DIRECTION_INCOMING;
    balance += incoming ? entry.credits : -entry.credits;
    expect(entry).toMatchObject({ version: BigInt(at + 1), balanceCredits: balance });
  }
}

/** Has the server prove its ledger. */
export async function expectVerified(clients: Clients): Promise<void> {
  const verdict = await clients.system.verifyLedger({}, as({ operatorKey }));
  // The warnings say why a run is not complete.
  const why = verdict.complete ? [] : verdict.warnings;
  expect({ ...verdict, why }).toMatchObject({
    verified: true,
    complete: true,
    differences: [],
    why: [],
  });
}
