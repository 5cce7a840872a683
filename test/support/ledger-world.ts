import { createHash } from 'node:crypto';
import { loadConfig } from '../../src/config.js';
import { createDomain, type Domain } from '../../src/domain/domain.js';
import type { DomainSettings } from '../../src/domain/settings.js';
import { createLogger } from '../../src/lib/logger.js';
import { anonymousCaller, type MasterStanding, type UserCaller } from '../../src/model/caller.js';
import { DomainError } from '../../src/model/errors.js';
import type { LedgerAccountState } from '../../src/model/ledger.js';
import type { Master } from '../../src/model/master.js';
import { domainSettings } from '../../src/server.js';
import type { Database } from '../../src/storage/database.js';
import { createIds, type Ids } from '../../src/storage/ids.js';
import { createFakeTime, type FakeTime } from './fake-time.js';

/** A master with its users, as callers whom its backend acts for. */
export type WorldMaster = { readonly master: Master; readonly users: UserCaller[] };

/** A ledger with people in it, made and moved through the domain. */
export type LedgerWorld = {
  readonly db: Database;
  readonly domain: Domain;
  readonly time: FakeTime;
  readonly ids: Ids;
  readonly masters: WorldMaster[];
  addMaster(userCount: number, pool: bigint): Promise<WorldMaster>;
  addUser(of: WorldMaster): Promise<UserCaller>;
  /** Freezes, opens or closes a master's pool: no use case does so far. */
  setPoolState(of: WorldMaster, state: LedgerAccountState): Promise<void>;
  /** A request id that was not used before. */
  requestId(): Buffer;
};

const settings: DomainSettings = {
  ...domainSettings(loadConfig({ EWALLET_PROFILE: 'development' })),
  defaultSubordinateLimit: 1_000,
  newMasterCreditLimit: 0n,
  newMasterSelfSupply: true,
  defaultAcquireKey: null,
  passwordMemoryKib: 64,
  passwordIterations: 1,
  ledgerBatchSize: 400,
  ledgerQueueSize: 10_000,
};

const PASSWORD = 'correct-horse-7';
let made = 0;

/** Creates an empty world on a migrated database. Several may share one database, like instances of the service. */
export async function createLedgerWorld(
  db: Database,
  time: FakeTime = createFakeTime(),
): Promise<LedgerWorld> {
  const ids = createIds(db);
  const instanceNumber = await ids.nextInstanceNumber();
  const logger = createLogger({ level: 'fatal' });
  const domain = createDomain({ db, time, ids, logger, instanceNumber, settings });
  const masters: WorldMaster[] = [];

  function requestId(): Buffer {
    made += 1;
    return createHash('sha256').update(`${instanceNumber}:${made}`).digest().subarray(0, 16);
  }

  function profile() {
    made += 1;
    const name = `Person ${instanceNumber} ${made}`;
    const email = `person.${instanceNumber}.${made}@example.com`;
    return { name, email, phone: '', alias: '', password: PASSWORD, company: '', address: '' };
  }

  async function addUser({ master, users }: WorldMaster): Promise<UserCaller> {
    const caller = { ...anonymousCaller('test'), master: standingOf(master) };
    const user = await domain.accounts.createAccount(caller, profile());
    const backendKey = await db
      .knex('master_keys')
      .where({ master_id: String(master.id), kind: 'BACKEND' })
      .first('id');
    const acting = { ...caller, backendKeyId: backendKey.id as bigint, user };
    users.push(acting);
    return acting;
  }

  return {
    db,
    domain,
    time,
    ids,
    masters,
    addUser,
    requestId,
    async addMaster(userCount, pool) {
      const { master } = await domain.masters.createMaster(anonymousCaller('test'), profile());
      const added: WorldMaster = { master, users: [] };
      masters.push(added);
      if (pool > 0n) {
        const request = { requestId: requestId(), masterId: master.id, credits: pool };
        await domain.funding.fund({ ...request, notes: 'Begin.' });
      }
      while (added.users.length < userCount) await addUser(added);
      return added;
    },
    async setPoolState({ master }, state) {
      const account = master.poolAccountId;
      await domain.committer.submit({
        id: await ids.next(),
        kind: 'TERMS',
        scope: 0n,
        requestId: requestId(),
        requestHash: Buffer.alloc(32),
        accountId: account,
        credits: 0n,
        movements: [],
        changes: [{ account, state }],
        actor: { userId: null, sessionId: null, keyId: null },
      });
    },
  };
}

/** Whether the operation was applied; false when it was refused with a stored outcome. */
export async function applied(operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.status !== 'UNAVAILABLE') return false;
    throw error;
  }
}

/** A payment, transfer or supply of a world's users, each with a request id of its own. */
export function moveCredits(
  world: LedgerWorld,
  kind: 'pay' | 'transfer' | 'supply',
  user: UserCaller,
  to: UserCaller,
  credits: bigint,
): Promise<boolean> {
  const { domain, requestId } = world;
  const input = {
    requestId: requestId(),
    walletId: null,
    credits,
    notes: credits % 2n ? 'Hi' : '',
  };
  if (kind === 'supply') {
    const cost = credits % 3n ? { currency: 'EUR', units: 1n, nanos: 250_000_000 } : null;
    return applied(domain.supply.supply(user, { ...input, cost }));
  }
  const payment = { ...input, payee: { accountId: to.user.id }, payeeWalletId: null };
  return applied(domain.payments[kind](user, payment));
}

function standingOf(master: Master): MasterStanding {
  const { id, frozenTime, unlinkTime, poolAccountId } = master;
  return { id, frozenTime, unlinkTime, poolAccountId, selfSupply: true };
}

/** A small ledger that holds every kind of operation, applied and refused for every reason that there is. */
export async function makeEventfulWorld(db: Database): Promise<LedgerWorld> {
  const world = await createLedgerWorld(db);
  const { domain, time, requestId } = world;
  const step = () => time.advance(7);
  const first = await world.addMaster(3, 5_000n);
  const second = await world.addMaster(2, 10n ** 16n);
  const [anna, ben, cleo] = first.users as [UserCaller, UserCaller, UserCaller];
  const [dora, emil] = second.users as [UserCaller, UserCaller];
  const expected: [Promise<boolean>, boolean][] = [];
  const expectMove = async (isApplied: boolean, ...move: Parameters<typeof moveCredits>) => {
    const moved = moveCredits(...move);
    expected.push([moved, isApplied]);
    await moved;
    step();
  };
  await expectMove(true, world, 'supply', anna, anna, 1_000n);
  await expectMove(true, world, 'supply', ben, ben, 999n);
  await expectMove(true, world, 'pay', anna, ben, 300n);
  await expectMove(true, world, 'transfer', ben, cleo, 50n);
  await expectMove(false, world, 'pay', cleo, anna, 51n);
  await expectMove(false, world, 'supply', cleo, cleo, 3_002n);
  const terms = { funding: 'CREDIT' as const, creditLimit: 500n, selfSupply: true };
  await domain.funding.setTerms({ requestId: requestId(), masterId: first.master.id, terms });
  step();
  await expectMove(true, world, 'supply', cleo, cleo, 3_002n);
  await expectMove(true, world, 'supply', dora, dora, 10n ** 16n);
  await domain.funding.fund({
    requestId: requestId(),
    masterId: second.master.id,
    credits: 400n,
    notes: '',
  });
  await expectMove(true, world, 'supply', emil, emil, 1n);
  await expectMove(false, world, 'pay', emil, dora, 1n);
  await world.setPoolState(second, 'FROZEN');
  await expectMove(false, world, 'supply', emil, emil, 1n);
  await world.setPoolState(second, 'OPEN');
  await expectMove(true, world, 'supply', emil, emil, 2n);
  // Together, so that they share transactions, a millisecond and accounts.
  await Promise.all([
    ...[5n, 6n, 7n].map((credits) => expectMove(true, world, 'pay', anna, ben, credits)),
    ...[8n, 9n].map((credits) => expectMove(true, world, 'transfer', ben, anna, credits)),
    expectMove(false, world, 'pay', cleo, ben, 10_000n),
  ]);
  for (const [moved, isApplied] of expected) {
    if ((await moved) !== isApplied) throw new Error('The world did not turn out as it should.');
  }
  return world;
}
