import type { MasterServiceImplementation } from '../../../generated/ewallet/v1/master_service.js';
import type { Domain } from '../../domain/domain.js';
import { formatId } from '../../model/public-id.js';
import type { HandlerContext } from '../call-middleware.js';
import { fromEditMaster } from '../messages/edits.js';
import { readListPage, toLoginRecords } from '../messages/listing.js';
import { toMaster } from '../messages/master.js';

/** Creates the handlers of MasterService for logins of masters and what they change about themselves. */
export function createMasterUpkeepHandlers({
  tenancy,
}: Pick<Domain, 'tenancy'>): Pick<
  MasterServiceImplementation<HandlerContext>,
  | 'loginMaster'
  | 'logoutMaster'
  | 'editMaster'
  | 'unlinkMaster'
  | 'recoverMaster'
  | 'listMasterLogins'
  | 'listMasterLogouts'
> {
  const { masterLogins, editProfile, unlinking, loginHistory } = tenancy;
  return {
    loginMaster: async ({ email, password }, { caller }) => ({
      master: toMaster(await masterLogins.login(caller, { email, password })),
    }),
    logoutMaster: async (_, { caller }) => ({
      masterId: formatId('master', await masterLogins.logout(caller)),
    }),
    editMaster: async (request, { caller }) => ({
      master: toMaster(await editProfile.editMaster(caller, fromEditMaster(request))),
    }),
    async unlinkMaster({ force }, { caller }) {
      const master = await unlinking.unlinkMaster(caller, { force });
      return { master: master ? toMaster(master) : undefined };
    },
    recoverMaster: async (_, { caller }) => ({
      master: toMaster(await unlinking.recoverMaster(caller)),
    }),
    async listMasterLogins(request, { caller }) {
      const list = `ListMasterLogins ${caller.master?.id}`;
      const page = readListPage(list, request);
      return toLoginRecords(list, await loginHistory.listOfMaster(caller, 'LOGIN', page));
    },
    async listMasterLogouts(request, { caller }) {
      const list = `ListMasterLogouts ${caller.master?.id}`;
      const page = readListPage(list, request);
      return toLoginRecords(list, await loginHistory.listOfMaster(caller, 'LOGOUT', page));
    },
  };
}
