import { expect } from 'vitest';
import { parseId } from '../../src/model/public-id.js';
import { as } from './clients.js';
import {
  goodPassword,
  type MasterCredentials,
  openSession,
  type SessionCredentials,
} from './people.js';
import { operatorKey } from './server-secrets.js';
import type { TestServer } from './start-server.js';

/** What lets test servers verify: the operator's credentials. */
export const operator = as({ operatorKey });

/** A day of fake time. */
export const DAY_MS = 24 * 3_600_000;

/** Expects the ledger to be proved. */
export async function expectLedgerVerified({ domain }: TestServer): Promise<void> {
  const verdict = await domain.verification.verify({ maxDifferences: 10 });
  expect(verdict.differences).toEqual([]);
  expect(verdict).toMatchObject({ complete: true, verified: true });
}

/** A session on which the master is logged in. */
export async function openMasterSession(
  server: TestServer,
  master: Pick<MasterCredentials, 'email'>,
): Promise<SessionCredentials> {
  const session = await openSession(server);
  const login = { email: master.email, password: goodPassword };
  await server.clients.masters.loginMaster(login, as(session));
  return session;
}

/** The states of ledger accounts, by id. */
export async function statesOf(
  { db }: TestServer,
  ...walletIds: string[]
): Promise<(string | undefined)[]> {
  const ids = walletIds.map((id) => parseId('wallet', id) ?? 0n);
  const rows: { id: bigint; state: string }[] = await db
    .knex<{ id: bigint; state: string }>('ledger_accounts')
    .whereIn('id', ids)
    .select('id', 'state');
  return ids.map((id) => rows.find((row) => row.id === id)?.state);
}

/** Every text and blob of every table, with where it stands. */
export async function everyText({ db }: TestServer): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const { knex } = db;
  const found =
    db.engine === 'mysql'
      ? (
          await knex.raw(
            'select table_name as name from information_schema.tables where table_schema = database()',
          )
        )[0]
      : await knex.raw("select name from sqlite_master where type = 'table'");
  for (const { name } of found as { name: string }[]) {
    const rows: Record<string, unknown>[] = await knex(name).select('*');
    for (const [index, row] of rows.entries()) {
      for (const [column, value] of Object.entries(row)) {
        if (typeof value === 'string') texts.set(`${name}.${column} ${index}`, value);
        if (Buffer.isBuffer(value)) texts.set(`${name}.${column} ${index}`, value.toString());
      }
    }
  }
  return texts;
}

/** Where one of these strings stands in the database, in whatever case. */
export async function findPlanted(server: TestServer, planted: string[]): Promise<string[]> {
  const needles = planted.map((text) => text.toLowerCase());
  return [...(await everyText(server))]
    .filter(([, text]) => needles.some((needle) => text.toLowerCase().includes(needle)))
    .map(([place]) => place);
}
