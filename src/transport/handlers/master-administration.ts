import type { SystemServiceImplementation } from '../../../generated/ewallet/system/v1/system_service.js';
import type { Domain } from '../../domain/domain.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId } from '../ids.js';
import { toMaster } from '../messages/master.js';

/** Creates the handlers of SystemService for what the operator does to masters. */
export function createMasterAdministrationHandlers({
  tenancy,
}: Pick<Domain, 'tenancy'>): Pick<
  SystemServiceImplementation<HandlerContext>,
  'freezeMaster' | 'unfreezeMaster' | 'increaseSubordinatePool' | 'decreaseSubordinatePool'
> {
  const { masterAdministration: administration } = tenancy;
  return {
    freezeMaster: async ({ masterId }, { caller }) => ({
      master: toMaster(await administration.freeze(caller, readId('master', masterId))),
    }),
    unfreezeMaster: async ({ masterId }, { caller }) => ({
      master: toMaster(await administration.unfreeze(caller, readId('master', masterId))),
    }),
    async increaseSubordinatePool(request, { caller }) {
      const change = { masterId: readId('master', request.masterId), by: request.increaseBy };
      return { master: toMaster(await administration.changePool(caller, change)) };
    },
    async decreaseSubordinatePool(request, { caller }) {
      const change = { masterId: readId('master', request.masterId), by: -request.decreaseBy };
      return { master: toMaster(await administration.changePool(caller, change)) };
    },
  };
}
