import { numberOrNull } from './numbers.js';
import { sqlValue } from './sql-values.js';
import type { Reader } from './transaction.js';

/** A clock whose timer has run out and is not settled. Times are Unix ms. */
export type DueClock = {
  readonly id: bigint;
  readonly runsOutTime: number;
  /** The version of its ledger account: nothing has happened to the clock as long as it has this one. */
  readonly version: bigint;
  /** When its master was frozen, or marked for removal; null when it is in good standing. */
  readonly frozenTime: number | null;
};

/** The next clocks that ran out at or before `until`, from the longest ago or from the latest, found by the index on that time. */
export async function listDueClocks(
  reader: Reader,
  query: {
    readonly until: number;
    readonly after: Pick<DueClock, 'id' | 'runsOutTime'> | null;
    readonly limit: number;
    readonly from: 'longest ago' | 'latest';
  },
): Promise<DueClock[]> {
  const { until, after, limit, from } = query;
  const [order, beyond] = from === 'latest' ? (['desc', '<'] as const) : (['asc', '>'] as const);
  const due = reader('clocks as c')
    .join('ledger_accounts as a', 'a.id', 'c.id')
    .join('masters as m', 'm.id', 'c.master_id')
    .where('c.runs_out_time', '<=', until)
    .orderBy([
      { column: 'c.runs_out_time', order },
      { column: 'c.id', order },
    ])
    .limit(limit)
    .select('c.id', 'c.runs_out_time', 'a.version', 'm.frozen_time', 'm.unlink_time');
  if (after) {
    due.where('c.runs_out_time', `${beyond}=`, after.runsOutTime).where((rest) => {
      rest
        .where('c.runs_out_time', beyond, after.runsOutTime)
        .orWhere('c.id', beyond, sqlValue(after.id));
    });
  }
  const rows: Record<string, bigint | null>[] = await due;
  return rows.map((row) => ({
    id: row.id as bigint,
    runsOutTime: Number(row.runs_out_time),
    version: row.version as bigint,
    frozenTime: earliest(row.frozen_time ?? null, row.unlink_time ?? null),
  }));
}

function earliest(...times: (bigint | null)[]): number | null {
  const known = times.map(numberOrNull).filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
