import { expect, test } from 'vitest';
import { parseId } from '../../src/model/public-id.js';
import { runSql } from '../support/alter-database.js';
import { as } from '../support/clients.js';
import { startServerProcess } from '../support/server-process.js';
import type { ServingProcess } from '../support/server-program.js';
import { operatorKey } from '../support/server-secrets.js';
import { expectVerified, onBehalfOf, type Story, tellStory } from '../support/story.js';
import { waitUntil } from '../support/wait-until.js';

const CUSTOMERS = 24;
const CREDITS = 100n;
const env = {
  EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100',
  EWALLET_NEW_MASTER_CREDIT_LIMIT: '1000000',
};
const operator = as({ operatorKey });

async function count({ databaseUrl }: ServingProcess, sql: string): Promise<number> {
  const [row] = await runSql(databaseUrl, `SELECT COUNT(*) AS n FROM ${sql}`);
  return Number(row?.n);
}

/** A master whose customers all wait for the cleaner, their time to recover over. */
async function tellOfLeaving(server: ServingProcess, name: string): Promise<Story> {
  const story = await tellStory(server.clients, { name, customers: CUSTOMERS, credits: CREDITS });
  for (const customer of story.customers) {
    await server.clients.accounts.unlinkAccount({}, as(onBehalfOf(story, customer)));
  }
  await runSql(server.databaseUrl, 'UPDATE users SET unlink_time = 1');
  return story;
}

/** Sweeps until `removed` accounts are closed and kills the server then. */
async function sweepUntilKilled(server: ServingProcess, removed: number): Promise<void> {
  const sweep = server.clients.system.cleanupAccounts({}, operator).catch(() => {});
  const closed = "ledger_accounts WHERE state = 'CLOSED'";
  await waitUntil('removals', async () => (await count(server, closed)) >= removed, {
    intervalMs: 1,
  });
  server.kill('SIGKILL');
  await sweep;
  expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
}

test.each([1, 5, 11])(
  'a server killed after %i removals of a sweep leaves the rest to the next sweep, of any server',
  async (removed) => {
    const first = await startServerProcess({ env });
    const { databaseUrl } = first;
    const story = await tellOfLeaving(first, `leaving-${removed}`);
    await sweepUntilKilled(first, removed);
    const later = await startServerProcess({ env, databaseUrl });
    await expectVerified(later.clients);
    const left = await count(later, 'users');
    expect(left).toBeGreaterThan(0);
    // The lease of the sweep that died runs out after a minute.
    await runSql(databaseUrl, 'UPDATE cleaners SET lease_expire_time = 0');
    const { report } = await later.clients.system.cleanupAccounts({}, operator);
    expect(report?.accountCount).toBe(BigInt(left));
    await expectVerified(later.clients);
    expect(await count(later, 'users')).toBe(0);
    expect(await count(later, "ledger_accounts WHERE state = 'LEAVING'")).toBe(0);
    const id = parseId('master', story.masterId);
    const [row] = await runSql(
      databaseUrl,
      `SELECT m.subordinate_count AS users, a.balance AS credits FROM masters m
       JOIN ledger_accounts a ON a.id = m.unclaimed_credit_account_id WHERE m.id = ${id}`,
    );
    expect([Number(row?.users), Number(row?.credits)]).toEqual([0, CUSTOMERS * Number(CREDITS)]);
    expect(await later.stop()).toEqual({ code: 0, signal: null });
  },
);
