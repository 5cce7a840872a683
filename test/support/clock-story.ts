import type { UserCaller } from '../../src/model/caller.js';
import type { ClockKind } from '../../src/model/ledger.js';
import type { Database } from '../../src/storage/database.js';
import { applied, createLedgerWorld, type LedgerWorld, moveCredits } from './ledger-world.js';

type Act = 'START' | 'PAUSE' | 'RESUME' | 'STOP' | 'FILL' | 'DRAIN';

/** A small ledger of clocks: filled, drained, run, paused, run out, stopped by freezing and by removal, and asked in vain. */
export async function makeWorldOfClocks(db: Database): Promise<LedgerWorld> {
  const world = await createLedgerWorld(db);
  const { domain, time, requestId } = world;
  const { clockOperations, dueTimers, tenancy } = domain;
  const shop = await world.addMaster(4, 10_000n);
  const [anna, ben, cleo, dora] = shop.users as [UserCaller, UserCaller, UserCaller, UserCaller];

  async function act(isApplied: boolean, kind: Act, user: UserCaller, credits = 2n) {
    const input = { requestId: requestId(), clockId: null, notes: 'Hi' };
    const done =
      kind === 'FILL'
        ? clockOperations.toClock(user, { ...input, credits })
        : kind === 'DRAIN'
          ? clockOperations.fromClock(user, { ...input, timeMs: null })
          : clockOperations.command(kind, user, input);
    if ((await applied(done)) !== isApplied)
      throw new Error(`${kind} did not turn out as it should.`);
    time.advance(1_003);
  }

  for (const user of shop.users) await moveCredits(world, 'supply', user, user, 20n);
  await act(false, 'START', anna);
  await act(false, 'FILL', anna, 21n);
  for (const user of [anna, ben, cleo, dora]) await act(true, 'FILL', user);
  await act(true, 'START', anna);
  await act(false, 'START', anna);
  await act(true, 'PAUSE', anna);
  await act(false, 'PAUSE', anna);
  await act(true, 'RESUME', anna);
  await act(true, 'FILL', anna);
  await act(true, 'STOP', anna);
  await act(false, 'STOP', anna);
  await act(true, 'DRAIN', anna);
  await act(false, 'DRAIN', anna);
  await act(true, 'START', ben);
  time.advance(200_000);
  await act(true, 'STOP', ben);
  await act(true, 'FILL', ben);
  await act(true, 'START', ben);
  await act(true, 'START', cleo);
  await act(true, 'PAUSE', cleo);
  await tenancy.unlinking.unlinkAccount(cleo, { force: true });
  await act(true, 'FILL', anna);
  await act(true, 'START', anna);
  time.advance(180_000);
  await dueTimers.sweep();
  await act(true, 'START', dora);
  const operator = { ...anna, operator: true };
  await tenancy.masterAdministration.freeze(operator, shop.master.id);
  time.advance(1_000);
  await tenancy.masterAdministration.unfreeze(operator, shop.master.id);
  await act(true, 'FILL', ben);
  await act(true, 'START', ben);
  await act(true, 'START', dora);
  await act(true, 'PAUSE', dora);
  return world;
}

/** The kinds that the story has, each of which leaves a clock in another way. */
export const storyKinds: readonly ClockKind[] = [
  'TO_CLOCK',
  'FROM_CLOCK',
  'START',
  'PAUSE',
  'RESUME',
  'STOP',
  'RUN_OUT',
];
