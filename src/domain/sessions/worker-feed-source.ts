import type { FeedSource } from '../../lib/feed-log.js';
import type { Worker } from '../../model/worker.js';
import type { Database } from '../../storage/database.js';
import { read } from '../../storage/transaction.js';
import {
  listWorkerChanges,
  readWorkerLogHead,
  readWorkerSnapshot,
} from '../../storage/worker-changes.js';

/** The workers of all instances as a feed's source. */
export function createWorkerFeedSource(db: Database): FeedSource<bigint, Worker> {
  return {
    snapshot: () =>
      read(db, async (reader) => {
        const { epoch, position, workers } = await readWorkerSnapshot(reader);
        return { epoch, position, values: workers.map((worker) => [worker.id, worker] as const) };
      }),
    head: () => read(db, readWorkerLogHead),
    list: (after, limit) =>
      read(db, async (reader) => {
        const changes = await listWorkerChanges(reader, { after, limit });
        return changes.map(({ position, workerId, worker }) => ({
          position,
          key: workerId,
          after: worker,
        }));
      }),
  };
}
