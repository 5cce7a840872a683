import type { Time } from '../../lib/time.js';
import type { Caller } from '../../model/caller.js';
import { DomainError, invalidField } from '../../model/errors.js';
import type { Master } from '../../model/master.js';
import { formatId } from '../../model/public-id.js';
import type { Database } from '../../storage/database.js';
import { changeSubordinateLimit, findMaster } from '../../storage/masters.js';
import { read, withTransaction } from '../../storage/transaction.js';
import { type Audit, recordAudit } from '../audit/audit.js';
import { notFound } from '../not-found.js';
import type { MasterStandings } from './master-standing.js';

/** What the operator does to masters. Each resolves with the master as it is then. */
export type MasterAdministration = {
  /** @throws MASTER_NOT_FOUND, and what {@link MasterStandings.freeze} throws */
  freeze(caller: Caller, masterId: bigint): Promise<Master>;
  /** @throws MASTER_NOT_FOUND, and what {@link MasterStandings.unfreeze} throws */
  unfreeze(caller: Caller, masterId: bigint): Promise<Master>;
  /**
   * Changes how many users the master may have, by `by`: never to fewer than it has, also when users register at the same time.
   *
   * @throws MASTER_NOT_FOUND, SUBORDINATE_LIMIT_TOO_LOW; VALIDATION_FAILED when there would be too many
   */
  changePool(caller: Caller, input: { readonly masterId: bigint; by: number }): Promise<Master>;
};

/** What it stands on. */
export type MasterAdministrationDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly audit: Audit;
  readonly masterStandings: MasterStandings;
};

/** Users that one master may have at most. */
const MAX_SUBORDINATES = 1_000_000_000;

/** Creates the use cases. */
export function createMasterAdministration(deps: MasterAdministrationDeps): MasterAdministration {
  const { db, time, audit, masterStandings } = deps;

  async function getMaster(id: bigint): Promise<Master> {
    const master = await read(db, (reader) => findMaster(reader, id));
    if (!master) throw notFound('master', id);
    return master;
  }

  return {
    async freeze(caller, masterId) {
      const event = await audit.prepare(caller, { kind: 'MASTER_FROZEN', masterId });
      await masterStandings.freeze(masterId, event);
      return getMaster(masterId);
    },
    async unfreeze(caller, masterId) {
      const event = await audit.prepare(caller, { kind: 'MASTER_UNFROZEN', masterId });
      await masterStandings.unfreeze(masterId, event);
      return getMaster(masterId);
    },
    async changePool(caller, { masterId, by }) {
      const kind = by > 0 ? 'POOL_INCREASED' : 'POOL_DECREASED';
      const event = await audit.prepare(caller, { kind, masterId });
      const change = { masterId, by, highest: MAX_SUBORDINATES, updateTime: time.now() };
      const changed = await withTransaction(db, async (tx) => {
        if (!(await changeSubordinateLimit(tx, change))) return false;
        await recordAudit(tx, event);
        return true;
      });
      const master = await getMaster(masterId);
      if (!changed) throw poolRefused(master, by);
      return master;
    },
  };
}

function poolRefused({ id, subordinateCount }: Master, by: number): DomainError {
  if (by > 0) {
    const text = `A master may have ${MAX_SUBORDINATES} users at most.`;
    return invalidField('VALIDATION_FAILED', 'increase_by', text);
  }
  return new DomainError('SUBORDINATE_LIMIT_TOO_LOW', 'The master has more users than that.', {
    metadata: {
      master_id: formatId('master', id),
      subordinate_count: String(subordinateCount),
    },
  });
}
