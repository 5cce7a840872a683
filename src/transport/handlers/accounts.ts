import type {
  CreateAccountRequest,
  CreateAccountResponse,
  GetAccountRequest,
  GetAccountResponse,
  LoginRequest,
  LoginResponse,
  LogoutRequest,
  LogoutResponse,
  SwitchAccountRequest,
  SwitchAccountResponse,
} from '../../../generated/ewallet/v1/account_service.js';
import type { Domain } from '../../domain/domain.js';
import { formatId, formatOptionalId } from '../../model/public-id.js';
import type { Admitted } from '../admission.js';
import { readId, readOptionalId } from '../ids.js';
import { toAccount } from '../messages/account.js';

/** Creates the handlers of AccountService. */
export function createAccountHandlers({ accounts }: Pick<Domain, 'accounts'>) {
  return {
    createAccount: async (
      request: CreateAccountRequest,
      { caller }: Admitted,
    ): Promise<CreateAccountResponse> => ({
      account: toAccount(await accounts.createAccount(caller, request)),
    }),
    login: async (request: LoginRequest, { caller }: Admitted): Promise<LoginResponse> => ({
      account: toAccount(await accounts.login(caller, request)),
    }),
    async logout(request: LogoutRequest, { caller }: Admitted): Promise<LogoutResponse> {
      const accountId = readOptionalId('account', request.accountId);
      const ended = await accounts.logout(caller, { accountId });
      return {
        accountId: formatId('account', ended.accountId),
        activeAccountId: formatOptionalId('account', ended.activeAccountId),
      };
    },
    async switchAccount(
      request: SwitchAccountRequest,
      { caller }: Admitted,
    ): Promise<SwitchAccountResponse> {
      const accountId = readId('account', request.accountId);
      return { account: toAccount(await accounts.switchAccount(caller, { accountId })) };
    },
    async getAccount(
      request: GetAccountRequest,
      { caller }: Admitted,
    ): Promise<GetAccountResponse> {
      const accountId = readOptionalId('account', request.accountId);
      return { account: toAccount(await accounts.getAccount(caller, { accountId })) };
    },
  };
}
