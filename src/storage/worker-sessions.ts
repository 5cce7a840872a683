import type { InstanceKey } from './instances.js';
import { sqlValue } from './sql-values.js';
import type { Reader, Tx } from './transaction.js';

/** Moves sessions that the transaction has locked to another worker. */
export async function moveSessions(
  tx: Tx,
  ids: readonly bigint[],
  workerId: bigint,
): Promise<void> {
  await tx('sessions').whereIn('id', ids.map(sqlValue)).update({ worker_id: workerId });
}

/** Ids of the oldest sessions of a worker, or of those that have none. */
export async function listSessionIdsOfWorker(
  reader: Reader,
  workerId: bigint | null,
  limit: number,
): Promise<bigint[]> {
  const rows: { id: bigint }[] = await reader('sessions')
    .where({ worker_id: workerId })
    .orderBy('id')
    .limit(limit)
    .select('id');
  return rows.map(({ id }) => id);
}

/** Sessions on the workers of an instance that may make room: those that expire first. */
export async function listDispensableSessions(
  reader: Reader,
  query: {
    readonly instance: InstanceKey;
    readonly now: number;
    /** Whether anonymous sessions that have not expired count among them. */
    readonly anonymousToo: boolean;
    readonly limit: number;
  },
): Promise<bigint[]> {
  const { instanceNumber, epoch } = query.instance;
  const rows: { id: bigint }[] = await reader('sessions as s')
    .join('workers as w', 'w.id', 's.worker_id')
    .where({ 'w.instance_number': sqlValue(instanceNumber), 'w.epoch': sqlValue(epoch) })
    .where((or) => {
      or.where('s.expire_time', '<=', query.now);
      if (query.anonymousToo) or.orWhere('s.anonymous', 1);
    })
    .orderBy(['s.expire_time', 's.id'])
    .limit(query.limit)
    .select('s.id as id');
  return rows.map(({ id }) => id);
}
