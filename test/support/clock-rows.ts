import { formatId, parseId } from '../../src/model/public-id.js';
import type { SheetKindName } from './sheet-clients.js';
import type { TestServer } from './start-server.js';

let made = 0n;

/**
 * Writes a record on a sheet of a clock, as a conversion or a stopped timer leaves it, without the operation. For tests of sheets alone:
 * the ledger knows nothing of it.
 */
export async function writeClockRecord(
  { db, time }: TestServer,
  kind: Extract<SheetKindName, 'conversion' | 'time'>,
  at: { readonly accountId: string; readonly clockId: string; readonly sheetId: string },
): Promise<string> {
  made += 1n;
  const id = 2n ** 39n + made;
  const { knex } = db;
  const common = {
    operation_id: id,
    user_id: parseId('account', at.accountId),
    clock_id: parseId('clock', at.clockId),
    sheet_id: parseId(`${kind}Sheet`, at.sheetId),
    clock_version: made,
    create_time: time.now(),
  };
  if (kind === 'conversion') {
    const of = {
      kind: 'TO_CLOCK',
      wallet_id: 1,
      credits: 1,
      time_ms: 60_000,
      ms_per_credit: 60_000,
    };
    await knex('conversion_records').insert({ ...common, ...of });
  } else {
    const run = { start_time: 0, stop_time: 1, spent_ms: 1, paused_ms: 0, pause_count: 0 };
    await knex('time_records').insert({ ...common, id, ...run, stop_reason: 'USER' });
  }
  return formatId(`${kind}Record`, id);
}
