import type { MasterServiceImplementation } from '../../../generated/ewallet/v1/master_service.js';
import type { Domain } from '../../domain/domain.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId } from '../ids.js';
import { toAccount } from '../messages/account.js';
import { nextListToken, readListPage, toAcquiredClientToken } from '../messages/listing.js';

/** Creates the handlers of MasterService for a master's users and the client programs that have acquired it. */
export function createSubordinateHandlers({
  tenancy,
}: Pick<Domain, 'tenancy'>): Pick<
  MasterServiceImplementation<HandlerContext>,
  | 'listAcquiredClientTokens'
  | 'getAcquiredClientToken'
  | 'listSubordinates'
  | 'getSubordinate'
  | 'resetSubordinatePassword'
> {
  const { subordinates, setPassword } = tenancy;
  return {
    async listAcquiredClientTokens(request, { caller }) {
      const list = `ListAcquiredClientTokens ${caller.master?.id}`;
      const page = await subordinates.listTokens(caller, readListPage(list, request));
      const clientTokens = page.rows.map(toAcquiredClientToken);
      return { clientTokens, nextPageToken: nextListToken(list, page) };
    },
    async getAcquiredClientToken({ clientTokenId }, { caller }) {
      const token = await subordinates.getToken(caller, readId('clientToken', clientTokenId));
      return { clientToken: toAcquiredClientToken(token) };
    },
    async listSubordinates(request, { caller }) {
      const list = `ListSubordinates ${caller.master?.id}`;
      const page = await subordinates.list(caller, readListPage(list, request));
      return { accounts: page.rows.map(toAccount), nextPageToken: nextListToken(list, page) };
    },
    getSubordinate: async ({ accountId }, { caller }) => ({
      account: toAccount(await subordinates.get(caller, readId('account', accountId))),
    }),
    async resetSubordinatePassword(request, { caller }) {
      const { newPassword } = request;
      const accountId = readId('account', request.accountId);
      await setPassword.reset(caller, { accountId, newPassword });
      return {};
    },
  };
}
