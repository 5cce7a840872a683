import type {
  ConfirmTotpRequest,
  ConfirmTotpResponse,
  EnrollTotpRequest,
  EnrollTotpResponse,
  RemoveTotpRequest,
  RemoveTotpResponse,
} from '../../../generated/ewallet/v1/account_service.js';
import type { Domain } from '../../domain/domain.js';
import type { Admitted } from '../admission.js';

/** Creates the handlers of AccountService that concern one-time passwords. */
export function createTotpHandlers({ totp }: Pick<Domain, 'totp'>) {
  return {
    enrollTotp: async (
      request: EnrollTotpRequest,
      { caller }: Admitted,
    ): Promise<EnrollTotpResponse> => totp.enroll(caller, request),
    confirmTotp: async (
      request: ConfirmTotpRequest,
      { caller }: Admitted,
    ): Promise<ConfirmTotpResponse> => ({ recoveryCodes: await totp.confirm(caller, request) }),
    async removeTotp(
      request: RemoveTotpRequest,
      { caller }: Admitted,
    ): Promise<RemoveTotpResponse> {
      await totp.remove(caller, request);
      return {};
    },
  };
}
