import type { Time } from '../../lib/time.js';
import { DomainError } from '../../model/errors.js';
import type { Decision } from '../../model/ledger.js';
import type { PartyWallet, Walletless } from '../../model/wallet.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import { findPartyWallets } from '../../storage/payment-parties.js';
import { type Tx, withTransaction } from '../../storage/transaction.js';
import { lockWalletOwner, writeWalletOwner } from '../../storage/wallet-owners.js';
import { findDecision, type MoneyRequest } from '../ledger/money-request.js';
import { openMissingSheet } from '../sheets/open-sheet.js';
import { openWallet, WALLET_IDS } from './open-wallet.js';

/** What openings stand on. */
export type OpeningDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly settings: { readonly clockMsPerCredit: number };
};

/** A party of a payment: its wallet, or who has none any more. */
export type Party = PartyWallet | Walletless;

/** A wallet with both sheets that records go to. */
type ReadyWallet = PartyWallet & {
  readonly transferSheetId: bigint;
  readonly invoiceSheetId: bigint;
};

/** Whether there is nothing to open before records can be written. */
function isReady(party: Party): party is ReadyWallet {
  return party.walletId !== null && party.transferSheetId !== null && party.invoiceSheetId !== null;
}

/**
 * Submits with wallets that records can be written for. Who unlinked the last wallet, or the last sheet, has none, and the next write
 * opens one. A repeated request opens nothing: it gets the outcome that it had.
 *
 * @throws ACCOUNT_FROZEN when a wallet cannot be opened because its owner, or the owner's master, is frozen or pending removal.
 */
export async function withReady<P extends readonly Party[]>(
  deps: OpeningDeps,
  request: MoneyRequest,
  parties: P,
  submit: (wallets: { readonly [I in keyof P]: PartyWallet }) => Promise<Decision>,
): Promise<Decision> {
  type Wallets = { readonly [I in keyof P]: PartyWallet };
  if (parties.every(isReady)) return submit(parties as Wallets);
  const decided = await findDecision(deps.db, request);
  if (decided) return decided;
  const ready: PartyWallet[] = [];
  for (const party of parties) ready.push(isReady(party) ? party : await complete(deps, party));
  return submit(ready as readonly PartyWallet[] as Wallets);
}

/** The active wallet of a user, which is opened when there is none. @throws ACCOUNT_FROZEN */
export async function openActiveWallet(
  { db, time, ids: sequence, settings }: OpeningDeps,
  user: { readonly userId: bigint; readonly masterId: bigint },
): Promise<PartyWallet> {
  const ids = await sequence.take(WALLET_IDS);
  return withTransaction(db, async (tx) => {
    const owner = await lockWalletOwner(tx, { id: user.userId, masterId: user.masterId });
    if (!owner || owner.unlinkTime !== null || owner.masterUnlinkTime !== null) throw frozen();
    if (owner.masterFrozenTime !== null) throw frozen();
    if (owner.activeWalletId !== null) return readWallet(tx, owner.activeWalletId);
    const createTime = time.now();
    const { clockMsPerCredit: msPerCredit } = settings;
    const [activeWalletId = 0n] = ids;
    await openWallet(tx, { ids, user: owner, reference: '', msPerCredit, createTime });
    await writeWalletOwner(tx, { id: owner.id, activeWalletId, updateTime: createTime });
    return readWallet(tx, activeWalletId);
  });
}

async function complete(deps: OpeningDeps, party: Party): Promise<PartyWallet> {
  const wallet = party.walletId === null ? await openActiveWallet(deps, party) : party;
  if (isReady(wallet)) return wallet;
  const { walletId: ownerId } = wallet;
  await openMissingSheet(deps, 'TRANSFER', ownerId);
  await openMissingSheet(deps, 'INVOICE', ownerId);
  return readWallet(deps.db.knex, ownerId);
}

async function readWallet(reader: Tx | Database['knex'], walletId: bigint): Promise<PartyWallet> {
  const wallet = (await findPartyWallets(reader, [walletId])).get(walletId);
  if (!wallet) throw new Error(`Wallet ${walletId} is gone.`);
  return wallet;
}

function frozen(): DomainError {
  const text = 'A party without a wallet is frozen: none can be opened for it.';
  return new DomainError('ACCOUNT_FROZEN', text);
}
