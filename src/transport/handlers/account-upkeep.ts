import type { AccountServiceImplementation } from '../../../generated/ewallet/v1/account_service.js';
import type { Domain } from '../../domain/domain.js';
import type { HandlerContext } from '../call-middleware.js';
import { toAccount } from '../messages/account.js';
import { fromEditAccount } from '../messages/edits.js';
import { readListPage, toLoginRecords } from '../messages/listing.js';

/** Creates the handlers of AccountService for what a user changes about itself. */
export function createAccountUpkeepHandlers({
  tenancy,
}: Pick<Domain, 'tenancy'>): Pick<
  AccountServiceImplementation<HandlerContext>,
  | 'editAccount'
  | 'changePassword'
  | 'unlinkAccount'
  | 'recoverAccount'
  | 'listLogins'
  | 'listLogouts'
> {
  const { editProfile, setPassword, unlinking, loginHistory } = tenancy;
  return {
    editAccount: async (request, { caller }) => ({
      account: toAccount(await editProfile.editAccount(caller, fromEditAccount(request))),
    }),
    async changePassword({ currentPassword, newPassword }, { caller }) {
      await setPassword.change(caller, { currentPassword, newPassword });
      return {};
    },
    async unlinkAccount({ force }, { caller }) {
      const account = await unlinking.unlinkAccount(caller, { force });
      return { account: account ? toAccount(account) : undefined };
    },
    recoverAccount: async (_, { caller }) => ({
      account: toAccount(await unlinking.recoverAccount(caller)),
    }),
    async listLogins(request, { caller }) {
      const list = `ListLogins ${caller.user?.id}`;
      const page = readListPage(list, request);
      return toLoginRecords(list, await loginHistory.listOfUser(caller, 'LOGIN', page));
    },
    async listLogouts(request, { caller }) {
      const list = `ListLogouts ${caller.user?.id}`;
      const page = readListPage(list, request);
      return toLoginRecords(list, await loginHistory.listOfUser(caller, 'LOGOUT', page));
    },
  };
}
