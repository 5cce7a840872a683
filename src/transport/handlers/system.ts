import type {
  FundMasterResponse,
  SetMasterTermsResponse,
  SystemServiceImplementation,
  VerifyLedgerResponse,
} from '../../../generated/ewallet/system/v1/system_service.js';
import type { MasterTerms } from '../../../generated/ewallet/v1/master_service.js';
import type { Domain } from '../../domain/domain.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId } from '../ids.js';
import { fromMasterTerms, toMaster } from '../messages/master.js';
import { toOperation } from '../messages/operations.js';
import {
  DEFAULT_MAX_DIFFERENCES,
  fromVerifyLedgerMode,
  toVerifyLedgerResponse,
} from '../messages/verification.js';
import { markReplayed } from '../replayed.js';

/** Creates the handlers of SystemService that concern the ledger. */
export function createSystemHandlers({
  funding,
  verification,
}: Pick<Domain, 'funding' | 'verification'>): Pick<
  SystemServiceImplementation<HandlerContext>,
  'fundMaster' | 'setMasterTerms' | 'verifyLedger'
> {
  return {
    async fundMaster(request, context): Promise<FundMasterResponse> {
      const { credits, notes } = request;
      const input = {
        requestId: requestIdOf(request.requestId),
        masterId: readId('master', request.masterId),
        caller: context.caller,
        credits,
        notes,
      };
      const { operation } = markReplayed(context, await funding.fund(input, context.signal));
      return { operation: toOperation(operation) };
    },
    async setMasterTerms(request, context): Promise<SetMasterTermsResponse> {
      const input = {
        requestId: requestIdOf(request.requestId),
        masterId: readId('master', request.masterId),
        caller: context.caller,
        // Required by the request's rules.
        terms: fromMasterTerms(request.terms as MasterTerms),
      };
      const outcome = markReplayed(context, await funding.setTerms(input, context.signal));
      return { operation: toOperation(outcome.operation), master: toMaster(outcome.master) };
    },
    async verifyLedger(request, { signal }): Promise<VerifyLedgerResponse> {
      const maxDifferences = request.maxDifferences || DEFAULT_MAX_DIFFERENCES;
      const options = { mode: fromVerifyLedgerMode(request.mode), maxDifferences, signal };
      return toVerifyLedgerResponse(await verification.verify(options));
    },
  };
}
