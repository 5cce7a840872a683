import { type Clock, settle, type Timer } from '../../src/model/clock.js';
import { parseId } from '../../src/model/public-id.js';
import { findClock, TIMER_COLUMNS, timerValues } from '../../src/storage/clocks.js';
import type { Database } from '../../src/storage/database.js';

/** Changes a clock as a ledger on another instance would: by its rows alone, so that nobody here is told. */
export type ClockWriter = {
  /** Settles the clock, and has it hold `balance` and its timer be what `change` makes of it. Gives the clock as it is then. */
  change(
    now: number,
    change: (settled: { timer: Timer; balance: bigint }) => { timer: Timer; balance: bigint },
  ): Promise<Clock>;
  /** Closes it. */
  unlink(now: number): Promise<void>;
};

/** Creates a writer of one clock. */
export function createClockWriter({ knex }: Pick<Database, 'knex'>, clockId: string): ClockWriter {
  const id = parseId('clock', clockId) ?? 0n;

  async function find(): Promise<Clock> {
    const clock = await findClock(knex, id);
    if (!clock) throw new Error(`There is no clock ${clockId}.`);
    return clock;
  }

  return {
    async change(now, change) {
      const clock = await find();
      const { timer, usedMs } = settle(clock.timer, clock.balance, now);
      const next = change({ timer, balance: clock.balance - usedMs });
      const values = timerValues(next.timer);
      await knex.transaction(async (tx) => {
        await tx<{ id: bigint }>('ledger_accounts')
          .where({ id })
          .update({ balance: next.balance } as object);
        await tx<{ id: bigint }>('clocks')
          .where({ id })
          .update({
            ...Object.fromEntries(TIMER_COLUMNS.map((column, index) => [column, values[index]])),
            revision: clock.revision + 1n,
            update_time: now,
          } as object);
      });
      return find();
    },
    async unlink(now) {
      await knex<{ id: bigint }>('clocks')
        .where({ id })
        .update({ unlink_time: now } as object);
    },
  };
}
