import { NEW_TIMER, type Timer, timerMisfit } from '../../model/clock.js';
import { allSystemAccounts } from '../../model/system-accounts.js';
import type { AccountRead } from '../../storage/ledger-verify-accounts.js';
import { type ClockBalance, findClockBalances } from '../../storage/ledger-verify-clocks.js';
import type { Report, VerifyRun } from './verify-run.js';

const usageIds = allSystemAccounts()
  .filter(({ kind }) => kind === 'USAGE')
  .map(({ id }) => id);
const USAGE = [usageIds.at(0) ?? 0n, usageIds.at(-1) ?? 0n] as const;

/**
 * Checks the clocks among the accounts: that each is as its last operation left it, that its timer can be, and that what its entries took
 * is what its records and the run under way say was spent.
 */
export async function verifyClocksOf(
  run: VerifyRun,
  accounts: readonly AccountRead[],
): Promise<void> {
  const ids = accounts.flatMap(({ id, kind }) => (kind === 'CLOCK' ? [id] : []));
  for (const clock of await findClockBalances(run.db.knex, ids, USAGE)) {
    checkClock(clock, run.report);
  }
}

function checkClock(clock: ClockBalance, report: Report): void {
  const { id, timer, balance, version, lastChange, used, recorded } = clock;
  const tell = (description: string) => report('CLOCK_DIFFERS', { account: id }, description);
  const left = lastChange ?? { timer: NEW_TIMER, remaining: 0n, clockVersion: 0n };
  for (const name of Object.keys(left.timer) as (keyof Timer)[]) {
    if (timer[name] === left.timer[name]) continue;
    tell(`Clock ${id} has ${name} ${timer[name]}; its last operation left ${left.timer[name]}.`);
  }
  if (balance !== left.remaining) {
    tell(`Clock ${id} holds ${balance}; its last operation left ${left.remaining}.`);
  }
  if (version !== left.clockVersion) {
    tell(`Clock ${id} has version ${version}; its last operation left ${left.clockVersion}.`);
  }
  const misfit = timerMisfit(timer, balance, lastChange?.createTime ?? 0);
  if (misfit) tell(`The timer of clock ${id} cannot be: ${misfit}`);
  if (used !== recorded + BigInt(timer.spentMs)) {
    tell(
      `The entries of clock ${id} took ${used}; its records and its timer make ${recorded} and ${timer.spentMs}.`,
    );
  }
  if (clock.isUnlinked !== clock.isClosed && (clock.isUnlinked || !clock.isUserRemoved)) {
    const text = clock.isUnlinked ? 'is unlinked, its account not closed' : 'has a closed account';
    report('UNLINK_DIFFERS', { account: id }, `Clock ${id} ${text}.`);
  }
}
