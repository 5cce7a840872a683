import type { Time } from '../../lib/time.js';
import { eraseAccountSecrets } from '../../storage/account-secrets.js';
import { eraseAuditDetails } from '../../storage/audit-events.js';
import { eraseContacts } from '../../storage/contact-lists.js';
import type { Database } from '../../storage/database.js';
import { eraseIssueReports } from '../../storage/issue-reports.js';
import { eraseLoginRecords } from '../../storage/login-records.js';
import {
  blankMaster,
  deleteUser,
  deleteUserLogins,
  eraseNotes,
  findMasterEmailKey,
  listOperationsOf,
} from '../../storage/removals.js';
import type { MasterState, UserState } from '../../storage/standing.js';
import { read, type Tx, withTransaction } from '../../storage/transaction.js';
import { type Audit, recordAudit } from '../audit/audit.js';

/** What erasing stands on. */
export type ErasureDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly audit: Audit;
};

/** Operations whose notes one transaction erases. */
const NOTES_AT_ONCE = 500;

/**
 * Erases what tells who a removed user was. The ledger keeps its id, its records and its wallets without their names; another user's
 * notes and contacts are that user's. May be cut off anywhere and done again: the row goes with the last of it.
 *
 * @returns whether the row went now: false when it was gone.
 */
export async function eraseUser(
  { db, time, audit }: ErasureDeps,
  user: UserState,
  accountIds: readonly bigint[],
): Promise<boolean> {
  for (const accountId of accountIds) await eraseNotesOf(db, accountId, user.id);
  const event = await audit.prepare(null, {
    kind: 'ACCOUNT_REMOVED',
    masterId: user.masterId,
    userId: user.id,
  });
  return withTransaction(db, async (tx) => {
    if (!(await deleteUser(tx, user, time.now()))) return false;
    await deleteUserLogins(tx, { userId: user.id, keptSessionId: null });
    await eraseTraces(tx, user.id, audit.hashEmail(user.emailKey));
    await eraseContacts(tx, user.id);
    await eraseIssueReports(tx, { userId: user.id }, time.now());
    await eraseAuditDetails(tx, { userId: user.id });
    await recordAudit(tx, event);
    return true;
  });
}

/** Erases what tells who a removed master was. As {@link eraseUser}; its row stays, blank, as the owner of ledger accounts. */
export async function eraseMaster(
  { db, time, audit }: ErasureDeps,
  master: MasterState,
): Promise<boolean> {
  await eraseNotesOf(db, master.poolAccountId, null);
  const emailKey = await read(db, (reader) => findMasterEmailKey(reader, master.id));
  const event = await audit.prepare(null, {
    kind: 'MASTER_REMOVED',
    masterId: master.id,
    userId: null,
  });
  return withTransaction(db, async (tx) => {
    if (!(await blankMaster(tx, master.id, time.now()))) return false;
    await eraseTraces(tx, master.id, emailKey && audit.hashEmail(emailKey));
    await eraseIssueReports(tx, { masterId: master.id }, time.now());
    await eraseAuditDetails(tx, { masterId: master.id });
    await recordAudit(tx, event);
    return true;
  });
}

async function eraseTraces(tx: Tx, id: bigint, emailHash: Buffer | undefined): Promise<void> {
  await eraseLoginRecords(tx, id);
  await eraseAccountSecrets(tx, id);
  if (emailHash) await eraseAuditDetails(tx, { emailHash });
}

/** The notes of what this user asked for on an account: found by its entries, which have an index. */
async function eraseNotesOf(db: Database, accountId: bigint, userId: bigint | null): Promise<void> {
  for (const side of ['debit', 'credit'] as const) {
    for (let after = -1n; ; ) {
      const query = { accountId, side, after, limit: NOTES_AT_ONCE };
      const found = await read(db, (reader) => listOperationsOf(reader, query));
      const ids = found.map(({ operationId }) => operationId);
      if (ids.length > 0) await withTransaction(db, (tx) => eraseNotes(tx, ids, userId));
      if (found.length < NOTES_AT_ONCE) break;
      after = found.at(-1)?.version ?? after;
    }
  }
}
