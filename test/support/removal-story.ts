import { expect } from 'vitest';
import { submitStanding } from '../../src/domain/accounts/standing-operations.js';
import { anonymousCaller, type UserCaller } from '../../src/model/caller.js';
import type { Database } from '../../src/storage/database.js';
import { createLedgerWorld, type LedgerWorld, moveCredits } from './ledger-world.js';

type ExpectMove = (isApplied: boolean, ...move: Parameters<typeof moveCredits>) => Promise<void>;

/** Users that are unlinked, recovered and removed, and a master that is removed with its debt. */
export async function makeWorldOfRemovals(db: Database): Promise<LedgerWorld> {
  const world = await createLedgerWorld(db);
  const expectMove: ExpectMove = async (isApplied, ...move) => {
    expect(await moveCredits(...move)).toBe(isApplied);
    world.time.advance(7);
  };
  const { domain, ids } = world;
  const { unlinking, removalSweeps } = domain.tenancy;
  const third = await world.addMaster(3, 100n);
  const [fred, gina, hugo] = third.users as [UserCaller, UserCaller, UserCaller];
  const { id: masterId, poolAccountId: pool } = third.master;
  const terms = { funding: 'CREDIT' as const, creditLimit: 500n, selfSupply: true };
  await domain.funding.setTerms({ requestId: world.requestId(), masterId, terms });
  await expectMove(true, world, 'supply', fred, fred, 300n);
  await expectMove(true, world, 'supply', gina, gina, 100n);
  await unlinking.unlinkAccount(fred, { force: false });
  await expectMove(false, world, 'pay', gina, fred, 1n);
  await unlinking.recoverAccount(fred);
  await expectMove(true, world, 'pay', gina, fred, 1n);
  const wallet = fred.user.activeWalletId ?? 0n;
  const remove = { kind: 'REMOVE', pool } as const;
  const closed = [{ account: wallet, state: 'CLOSED' as const }];
  // Refused for either reason: neither leaving nor empty.
  const drains = [{ account: wallet, into: pool, unit: 'CREDIT' as const }];
  const ledger = { ids, committer: domain.committer, instanceNumber: 1n };
  await submitStanding(ledger, { ...remove, drains, changes: closed });
  await submitStanding(ledger, { ...remove, changes: closed });
  await unlinking.unlinkAccount(fred, { force: true });
  await unlinking.unlinkAccount(hugo, { force: true });
  await expectMove(false, world, 'pay', gina, fred, 1n);
  await unlinking.unlinkMaster(third.users[1] as UserCaller, { force: false });
  await unlinking.recoverMaster({ ...gina, master: { ...gina.master, unlinkTime: 1 } });
  await unlinking.unlinkMaster(gina, { force: false });
  await removalSweeps.removeMaster(masterId, true);
  const fourth = await world.addMaster(2, 50n);
  await expectMove(
    true,
    world,
    'supply',
    fourth.users[0] as UserCaller,
    fourth.users[0] as UserCaller,
    9n,
  );
  const operator = { ...anonymousCaller('test'), operator: true };
  await domain.tenancy.masterAdministration.freeze(operator, fourth.master.id);
  await expectMove(
    false,
    world,
    'supply',
    fourth.users[1] as UserCaller,
    fourth.users[1] as UserCaller,
    1n,
  );
  await domain.tenancy.masterAdministration.unfreeze(operator, fourth.master.id);
  return world;
}
