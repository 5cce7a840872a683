import type { AuditEvent } from '../../model/audit.js';
import type { AccountChange } from '../../model/ledger.js';
import { listUnsettledMasters, type MasterState } from '../../storage/standing.js';
import { read } from '../../storage/transaction.js';
import { notFound } from '../not-found.js';
import { createSettling, getMasterState, type SettlingDeps } from './settling.js';
import { type StandingOperation, submitStanding } from './standing-operations.js';

/**
 * The standing of masters. An act sets the master's row and the state of its pool in one operation, after which every new request of the
 * master and its users is refused; then the accounts of the users follow in operations of bounded size. Each resolves when all of them
 * have: from then on no payment commits that it forbids. What a crash cuts off goes on with the next act on the master, or with
 * {@link MasterStandings.settleAll}. `audit` is recorded with the act.
 */
export type MasterStandings = {
  /** @throws MASTER_NOT_FOUND, and what the committer throws: do it again then. */
  freeze(masterId: bigint, audit?: AuditEvent): Promise<void>;
  /** As {@link MasterStandings.freeze}. A master pending removal stays frozen for its users. */
  unfreeze(masterId: bigint, audit?: AuditEvent): Promise<void>;
  /** Marks it for removal. As {@link MasterStandings.freeze}. */
  unlink(masterId: bigint, audit?: AuditEvent): Promise<void>;
  /** Undoes {@link MasterStandings.unlink}. A master that the operator froze meanwhile stays frozen. */
  recover(masterId: bigint, audit?: AuditEvent): Promise<void>;
  /** Lets the accounts of all masters follow that have not. Yields after each master. */
  settleAll(): AsyncGenerator<bigint>;
};

const MASTERS_AT_ONCE = 100;

/** Creates the use cases. */
export function createMasterStandings(deps: SettlingDeps): MasterStandings {
  const { db } = deps;
  const settle = createSettling(deps);

  async function act(
    kind: StandingOperation['kind'],
    masterId: bigint,
    audit: AuditEvent | undefined,
    changesOf: (master: MasterState) => AccountChange[],
  ): Promise<void> {
    const master = await getMasterState(db, masterId);
    // Timers stop as of the act that stopped them: their accounts have followed it before the next one.
    if (master.settledVersion < master.standingVersion) await settle(masterId);
    const { refusal } = await submitStanding(deps, {
      kind,
      pool: master.poolAccountId,
      changes: changesOf(master),
      standing: { of: 'MASTER', id: masterId },
      audit,
    });
    // Its accounts are closed: it was removed meanwhile.
    if (refusal) throw notFound('master', masterId);
    await settle(masterId);
  }

  return {
    freeze: (masterId, audit) =>
      act('FREEZE', masterId, audit, ({ poolAccountId }) => [
        { account: poolAccountId, state: 'FROZEN', only: { from: ['OPEN', 'FROZEN'] } },
      ]),
    unfreeze: (masterId, audit) =>
      act('UNFREEZE', masterId, audit, ({ poolAccountId }) => [
        // A version of its own, so that nobody opens it who has read what the master was before.
        { account: poolAccountId, state: 'FROZEN', only: { from: ['FROZEN'] } },
      ]),
    unlink: (masterId, audit) =>
      act('UNLINK', masterId, audit, ({ poolAccountId }) => [
        { account: poolAccountId, state: 'LEAVING' },
      ]),
    recover: (masterId, audit) =>
      act('RECOVER', masterId, audit, (master) => [
        { account: master.poolAccountId, state: 'FROZEN', only: { from: ['LEAVING', 'FROZEN'] } },
        ...[master.unclaimedCreditAccountId, master.unclaimedTimeAccountId].map(
          (account): AccountChange => ({ account, state: 'OPEN', only: { from: ['LEAVING'] } }),
        ),
      ]),
    async *settleAll() {
      for (let after = 0n; ; ) {
        const query = { after, limit: MASTERS_AT_ONCE };
        const ids = await read(db, (reader) => listUnsettledMasters(reader, query));
        for (const id of ids) {
          await settle(id);
          yield id;
        }
        if (ids.length < MASTERS_AT_ONCE) return;
        after = ids.at(-1) ?? after;
      }
    },
  };
}
