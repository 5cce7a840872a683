import type { UserCaller } from '../../model/caller.js';
import { DomainError } from '../../model/errors.js';
import type { Sheet, SheetKind } from '../../model/sheet.js';
import {
  findActiveOwner,
  findSheetOwner,
  lockSheetOwner,
  type SheetOwnerRow,
  setActiveSheet,
} from '../../storage/sheet-owners.js';
import type { RecordReading } from '../../storage/sheet-records.js';
import {
  findSheet,
  insertSheets,
  listSheetIds,
  listSheets,
  unlinkSheet,
} from '../../storage/sheets.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import { cutList, type ListPage, type ListRows } from '../list-page.js';
import { notFound } from '../not-found.js';
import { lockUser } from '../wallets/lock-user.js';
import { type OpenOwnerDeps, openActiveOwner, ownerNotFound } from './active-owner.js';
import { createSheetRecords, type SheetRecords } from './sheet-records.js';
import { sheetWords } from './sheet-words.js';

/** A page of sheets, and whose they are: the wallet or clock stays the same over all pages. */
export type SheetRows = ListRows<Sheet> & { readonly ownerId: bigint };

/** The sheets of one kind. */
export type SheetUpkeep = {
  /**
   * Adds a sheet to the wallet or clock named, or to the active one, which is opened when there is none. The active sheet stays, unless
   * there was none.
   *
   * @throws WALLET_NOT_FOUND or CLOCK_NOT_FOUND, SHEET_LIMIT_REACHED, MASTER_FROZEN, MASTER_PENDING_REMOVAL, ACCOUNT_PENDING_REMOVAL
   */
  create(
    caller: UserCaller,
    input: { readonly ownerId: bigint | null; readonly reference: string },
  ): Promise<Sheet>;
  /** The sheet named, or the active sheet of the active wallet or clock. @throws …_SHEET_NOT_FOUND */
  get(caller: UserCaller, sheetId: bigint | null): Promise<Sheet>;
  /** Those of the wallet or clock named, or of the active one, newest first. @throws WALLET_NOT_FOUND or CLOCK_NOT_FOUND */
  list(caller: UserCaller, ownerId: bigint | null, page: ListPage): Promise<SheetRows>;
  /** Makes it the active sheet of its wallet or clock. Nothing changes when it is. @throws …_SHEET_NOT_FOUND */
  switchTo(caller: UserCaller, sheetId: bigint): Promise<Sheet>;
  /**
   * Hides a sheet with its records. When it was the active one, the oldest of the others becomes active, or none.
   *
   * @returns the sheet that is active now.
   * @throws …_SHEET_NOT_FOUND
   */
  unlink(caller: UserCaller, sheetId: bigint): Promise<bigint | null>;
};

/** The sheets of one kind, and the records on them. R: a record as it is read; S: its parties. */
export type Sheets<R, S extends string> = SheetUpkeep & SheetRecords<R, S>;

/** What sheets stand on. */
export type SheetDeps = OpenOwnerDeps & { readonly settings: { readonly sheetsPerKind: number } };

/** Creates the use cases for the kind of sheet that these records are on. */
export function createSheets<R, S extends string>(
  deps: SheetDeps,
  reading: RecordReading<R, S>,
): Sheets<R, S> {
  const upkeep = createUpkeep(deps, reading.kind);
  return { ...upkeep, ...createSheetRecords(deps, reading, upkeep.get) };
}

function createUpkeep(deps: SheetDeps, kind: SheetKind): SheetUpkeep {
  const { db, time } = deps;
  const words = sheetWords[kind];

  async function get({ user }: UserCaller, sheetId: bigint | null): Promise<Sheet> {
    const owner = sheetId === null ? await findActiveOwner(db.knex, kind, user) : undefined;
    const id = sheetId ?? owner?.activeSheetId ?? null;
    const sheet = id !== null && (await findSheet(db.knex, { id, kind, userId: user.id }));
    if (sheet) return sheet;
    throw notFound(words.sheet, id);
  }

  /** Runs `fn` with the owner of a sheet of the caller locked: what happens to its sheets happens one after another. */
  async function withOwnSheet<T>(
    caller: UserCaller,
    sheetId: bigint,
    fn: (tx: Tx, owner: SheetOwnerRow) => Promise<T>,
  ): Promise<T> {
    const { ownerId } = await get(caller, sheetId);
    return withTransaction(db, async (tx) => {
      const owner = await lockSheetOwner(tx, kind, ownerId);
      const key = { id: sheetId, kind, userId: caller.user.id };
      if (!owner || !(await findSheet(tx, key))) throw notFound(words.sheet, sheetId);
      return fn(tx, owner);
    });
  }

  return {
    get,
    async create(caller, { ownerId: named, reference }) {
      const ownerId = named ?? (await openActiveOwner(deps, kind, caller));
      const id = await deps.ids.next();
      return withTransaction(db, async (tx) => {
        const user = await lockUser(tx, caller);
        const owner = await lockSheetOwner(tx, kind, ownerId);
        if (owner?.userId !== user.id) throw ownerNotFound(kind, ownerId);
        const sheetIds = await listSheetIds(tx, { kind, ownerId });
        const limit = deps.settings.sheetsPerKind;
        if (sheetIds.length >= limit) throw limitReached(limit);
        const now = time.now();
        const sheet = { id, kind, ownerId, userId: user.id, createTime: now };
        await insertSheets(tx, [{ ...sheet, reference: reference || words.reference }]);
        if (owner.activeSheetId === null) {
          await setActiveSheet(tx, kind, { id: ownerId, activeSheetId: id, now });
        }
        return (await findSheet(tx, sheet)) as Sheet;
      });
    },
    async list(caller, named, { size, before }) {
      const { user } = caller;
      const owner =
        named === null
          ? await findActiveOwner(db.knex, kind, user)
          : await findSheetOwner(db.knex, kind, { id: named, userId: user.id });
      if (!owner) throw ownerNotFound(kind, named);
      const query = { kind, ownerId: owner.id, before, limit: size + 1 };
      return { ...cutList(await listSheets(db.knex, query), size), ownerId: owner.id };
    },
    switchTo(caller, sheetId) {
      return withOwnSheet(caller, sheetId, async (tx, owner) => {
        if (owner.activeSheetId !== sheetId) {
          const now = time.now();
          await setActiveSheet(tx, kind, { id: owner.id, activeSheetId: sheetId, now });
        }
        return (await findSheet(tx, { id: sheetId, kind, userId: owner.userId })) as Sheet;
      });
    },
    unlink(caller, sheetId) {
      return withOwnSheet(caller, sheetId, async (tx, owner) => {
        const now = time.now();
        await unlinkSheet(tx, sheetId, now);
        if (owner.activeSheetId !== sheetId) return owner.activeSheetId;
        const [activeSheetId = null] = await listSheetIds(tx, { kind, ownerId: owner.id });
        await setActiveSheet(tx, kind, { id: owner.id, activeSheetId, now });
        return activeSheetId;
      });
    },
  };
}

function limitReached(limit: number): DomainError {
  const text = 'The wallet or clock has as many sheets of this kind as it may have.';
  return new DomainError('SHEET_LIMIT_REACHED', text, { metadata: { limit: String(limit) } });
}
