import type { ClientToken } from '../model/session.js';
import { clientTokenColumns, toClientToken } from './client-tokens.js';
import { type ListPart, newestFirst } from './newest-first.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** The client tokens that have acquired a master, newest first. */
export async function listAcquiredTokens(
  reader: Reader,
  query: ListPart & { readonly masterId: bigint },
): Promise<ClientToken[]> {
  const tokens = reader('client_tokens').where('acquired_master_id', sqlValue(query.masterId));
  return (await newestFirst(tokens, query).select(clientTokenColumns)).map(toClientToken);
}

/** The client token of this id, if it has acquired the master. */
export async function findAcquiredToken(
  reader: Reader,
  key: { readonly id: bigint; readonly masterId: bigint },
): Promise<ClientToken | undefined> {
  const row = await reader('client_tokens')
    .where({ id: sqlValue(key.id), acquired_master_id: sqlValue(key.masterId) })
    .first(clientTokenColumns);
  return row && toClientToken(row);
}

/** How many client tokens have acquired a master. */
export async function countAcquiredTokens(reader: Reader, masterId: bigint): Promise<number> {
  const row = await reader('client_tokens')
    .where('acquired_master_id', sqlValue(masterId))
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}
