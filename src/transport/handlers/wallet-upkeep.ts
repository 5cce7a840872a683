import type {
  CreateWalletResponse,
  ListWalletsResponse,
  SwitchWalletResponse,
  UnlinkWalletResponse,
  WalletServiceImplementation,
} from '../../../generated/ewallet/v1/wallet_service.js';
import type { Domain } from '../../domain/domain.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { nextListToken, readListPage } from '../messages/listing.js';
import { toOperation } from '../messages/operations.js';
import { toWallet } from '../messages/wallets.js';
import { markReplayed } from '../replayed.js';

/** Creates the handlers of WalletService for what a user does with its wallets as such. */
export function createWalletUpkeepHandlers({
  walletUpkeep,
  unlinkWallet,
}: Pick<Domain, 'unlinkWallet' | 'walletUpkeep'>): Pick<
  WalletServiceImplementation<HandlerContext>,
  'createWallet' | 'listWallets' | 'switchWallet' | 'unlinkWallet'
> {
  return {
    async createWallet({ reference }, { caller }): Promise<CreateWalletResponse> {
      const { wallet, active } = await walletUpkeep.create(asUser(caller), reference);
      return { wallet: toWallet(wallet, active) };
    },
    async listWallets(request, { caller }): Promise<ListWalletsResponse> {
      const user = asUser(caller);
      const { activeWalletId } = user.user;
      const list = `ListWallets ${user.user.id}`;
      const page = await walletUpkeep.list(user, readListPage(list, request));
      return {
        wallets: page.rows.map((wallet) => toWallet(wallet, wallet.id === activeWalletId)),
        nextPageToken: nextListToken(list, page),
      };
    },
    async switchWallet({ walletId }, { caller }): Promise<SwitchWalletResponse> {
      const id = readId('wallet', walletId);
      const { wallet, active } = await walletUpkeep.switchTo(asUser(caller), id);
      return { wallet: toWallet(wallet, active) };
    },
    async unlinkWallet(request, context): Promise<UnlinkWalletResponse> {
      const input = {
        requestId: requestIdOf(request.requestId),
        walletId: readId('wallet', request.walletId),
        moveToId: readOptionalId('wallet', request.moveToWalletId),
      };
      const outcome = await unlinkWallet.unlink(asUser(context.caller), input, context.signal);
      return { operation: toOperation(markReplayed(context, outcome).operation) };
    },
  };
}
