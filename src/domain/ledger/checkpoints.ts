import { sha256 } from '../../lib/hash.js';
import type { Database } from '../../storage/database.js';
import {
  type CheckedAccount,
  type Checkpoint,
  type CheckpointMark,
  countCheckpoints,
  findMark,
  type SealedCheckpoint,
  saveCheckpoints,
  saveMark,
} from '../../storage/ledger-checkpoints.js';
import { withTransaction } from '../../storage/transaction.js';
import type { Report, VerifyRun } from './verify-run.js';

/**
 * Keeps the accounts of a run as they were folded, until the run turns out clean. Memory grows with the accounts that changed since
 * their checkpoints were written, about 400 bytes each.
 */
export type CheckpointKeeper = {
  /** An account whose items were folded up to the version that it was read with. */
  keep(checked: CheckedAccount): void;
  /** Writes the checkpoints page by page, then how far the run has come. Only for a run that is complete and clean. */
  save(run: VerifyRun, lastOperationId: bigint): Promise<void>;
};

/** Begins to keep. */
export function createCheckpointKeeper(): CheckpointKeeper {
  const kept: SealedCheckpoint[] = [];
  return {
    keep(checked) {
      const checkpoint = checkpointOf(checked);
      const seal = sealOf(checkpoint);
      if (checked.checkpoint?.seal.equals(seal)) return;
      kept.push({ ...checkpoint, seal });
    },
    async save({ db, pageSize, afterPage }, lastOperationId) {
      for (let start = 0; start < kept.length; start += pageSize) {
        const page = kept.slice(start, start + pageSize);
        await withTransaction(db, (tx) => saveCheckpoints(tx, page));
        await afterPage();
      }
      await withTransaction(db, async (tx) => {
        const mark = { lastOperationId, checkpointCount: await countCheckpoints(tx) };
        await saveMark(tx, { ...mark, seal: sealOf(mark) });
      });
    },
  };
}

/** How far clean runs have come; undefined when that cannot be said: there was none, or what is stored does not fit and is reported. */
export async function readMark(db: Database, report: Report): Promise<CheckpointMark | undefined> {
  // Read before the checkpoints are counted: there may be more by then, never less.
  const stored = await findMark(db.knex);
  if (!stored) return undefined;
  const { seal, ...mark } = stored;
  if (!sealOf(mark).equals(seal)) {
    report('CHECKPOINT_DIFFERS', {}, 'The mark of the last clean run is not as it was written.');
    return undefined;
  }
  const count = await countCheckpoints(db.knex);
  if (count < mark.checkpointCount) {
    const text = `There are ${count} checkpoints; after the last clean run there were ${mark.checkpointCount}.`;
    report('CHECKPOINT_DIFFERS', {}, text);
  }
  return mark;
}

/** Why an account cannot have come from its checkpoint; undefined when it can. Pure. */
export function misfitOf({ account, checkpoint }: CheckedAccount): string | undefined {
  if (!checkpoint) return undefined;
  const { seal, ...columns } = checkpoint;
  if (!sealOf(columns).equals(seal)) return 'The checkpoint is not as it was written.';
  for (const name of ['kind', 'unit', 'masterId', 'createTime'] as const) {
    if (account[name] === checkpoint[name]) continue;
    return `The account's ${name} is ${account[name]}; its checkpoint says ${checkpoint[name]}.`;
  }
  for (const name of ['version', 'refusals', 'updateTime'] as const) {
    if (account[name] >= checkpoint[name]) continue;
    return `The account's ${name} is ${account[name]}, below that of its checkpoint, ${checkpoint[name]}.`;
  }
  return undefined;
}

function checkpointOf({ account, refusalsThen }: CheckedAccount): Checkpoint {
  const { id, kind, unit, masterId, balance, floor, state } = account;
  const { version, refusals, createTime, updateTime } = account;
  const identity = { accountId: id, kind, unit, masterId, createTime };
  return { ...identity, balance, floor, state, version, refusals, refusalsThen, updateTime };
}

/** SHA-256 of all columns by name. It tells of accidents and of changes by hand, not of somebody who knows how it is made. */
export function sealOf(columns: Checkpoint | CheckpointMark): Buffer {
  const names = Object.keys(columns).sort() as (keyof typeof columns)[];
  return sha256(names.map((name) => `${name}=${columns[name]};`).join(''));
}
