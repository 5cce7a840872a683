import type { LedgerAccount } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import { insertLedgerAccounts, type NewLedgerAccount } from '../../src/storage/ledger-accounts.js';
import { accountFromRow, entryFromRow } from '../../src/storage/ledger-rows.js';
import { withTransaction } from '../../src/storage/transaction.js';

const NEW_WALLET = { kind: 'WALLET', unit: 'CREDIT', masterId: 7n, floor: 0n } as const;

/** The first slot of the issuer, which every database has: no floor, so it pays anything. */
export const ISSUER = 1n;

let made = 10_000n;

/** Ids that no other test of this file uses. */
export function nextId(): bigint {
  made += 1n;
  return made;
}

/** Opens `count` wallets' accounts with nothing on them. */
export async function openAccounts(
  db: Database,
  count: number,
  parts: Partial<NewLedgerAccount> = {},
): Promise<bigint[]> {
  const accounts = Array.from({ length: count }, () => ({ ...NEW_WALLET, id: nextId(), ...parts }));
  await withTransaction(db, (tx) => insertLedgerAccounts(tx, accounts, 0));
  return accounts.map(({ id }) => id);
}

/** All accounts, by id. */
export async function readAccounts(db: Database): Promise<Map<bigint, LedgerAccount>> {
  const rows = await db.knex('ledger_accounts').select();
  return new Map(rows.map((row) => [row.id as bigint, accountFromRow(row)]));
}

/** The balances of these accounts, in order. */
export async function balancesOf(db: Database, ids: readonly bigint[]): Promise<bigint[]> {
  const accounts = await readAccounts(db);
  return ids.map((id) => accounts.get(id)?.balance ?? 0n);
}

/** How many operations the database has under these request ids. */
export async function countOperations(
  db: Database,
  requestIds: readonly Buffer[],
): Promise<number> {
  const rows = await db
    .knex('operations')
    .whereIn('request_id', [...requestIds])
    .select('id');
  return rows.length;
}

/**
 * Holds the book against itself, by plain folding: units sum to zero, every account's versions are gapless and each balance
 * follows from the one before, the account's row is the last of them, operations and entries belong together.
 *
 * @returns what is wrong, one line each; nothing when all is well.
 */
export async function faultsOfBook(db: Database): Promise<string[]> {
  const accounts = await readAccounts(db);
  const entries = (await db.knex('ledger_entries').select()).map(entryFromRow);
  const changes = await db.knex('ledger_account_changes').select('account_id', 'version');
  const operations = await db.knex('operations').select('id', 'refusal', 'refusal_account_id');
  const applied = new Map(operations.map((row) => [row.id as bigint, row.refusal === null]));
  const faults: string[] = [];
  const sums = new Map<string, bigint>();
  const lines = new Map<bigint, { version: bigint; delta: bigint; balance: bigint | null }[]>();
  const linesOf = (id: bigint) => lines.get(id) ?? lines.set(id, []).get(id) ?? [];
  for (const entry of entries) {
    if (!applied.get(entry.operationId)) faults.push(`entry of no operation ${entry.operationId}`);
    const { amount, debit, debitVersion, debitBalance } = entry;
    linesOf(debit).push({ version: debitVersion, delta: -amount, balance: debitBalance });
    const { credit, creditVersion, creditBalance } = entry;
    linesOf(credit).push({ version: creditVersion, delta: amount, balance: creditBalance });
  }
  for (const { account_id, version } of changes) {
    linesOf(account_id).push({ version, delta: 0n, balance: null });
  }
  for (const account of accounts.values()) {
    sums.set(account.unit, (sums.get(account.unit) ?? 0n) + account.balance);
    const own = linesOf(account.id).sort((a, b) => Number(a.version - b.version));
    let balance = 0n;
    for (const [index, line] of own.entries()) {
      balance += line.delta;
      if (line.version !== BigInt(index)) faults.push(`version gap at ${account.id}`);
      if ((line.balance ?? balance) !== balance) faults.push(`balance chain of ${account.id}`);
    }
    if (balance !== account.balance) faults.push(`balance of ${account.id}`);
    if (BigInt(own.length - 1) !== account.version) faults.push(`version of ${account.id}`);
    const refused = operations.filter((row) => row.refusal_account_id === account.id).length;
    if (BigInt(refused) !== account.refusals) faults.push(`refusals of ${account.id}`);
    if (account.floor !== null && balance < account.floor) faults.push(`floor of ${account.id}`);
  }
  for (const [unit, sum] of sums) if (sum !== 0n) faults.push(`sum of ${unit} is ${sum}`);
  return faults;
}

/** Counts transactions of the ledger from now on. */
export function countTransactions(db: Database): { begun: number; committed: number } {
  const counted = { begun: 0, committed: 0 };
  db.ledgerPool.on('query', ({ sql }: { sql: string }) => {
    if (sql.startsWith('BEGIN')) counted.begun += 1;
    if (/COMMIT;$/.test(sql)) counted.committed += 1;
  });
  return counted;
}
