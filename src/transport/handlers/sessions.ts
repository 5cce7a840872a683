import type {
  EndSessionResponse,
  GetClientTokenStatusRequest,
  GetSessionTokenStatusRequest,
  KeepClientTokenAliveResponse,
  KeepSessionTokenAliveResponse,
  RequestClientIdResponse,
  RequestSessionTokenResponse,
} from '../../../generated/ewallet/v1/session_service.js';
import type { Domain } from '../../domain/domain.js';
import { formatId } from '../../model/public-id.js';
import type { Admitted } from '../admission.js';
import { toDuration } from '../convert.js';
import {
  toClientToken,
  toClientTokenStatus,
  toSessionToken,
  toSessionTokenStatus,
} from '../messages/session.js';

/** Creates the handlers of SessionService but GetServerInfo, which needs no domain. */
export function createSessionHandlers({ sessions }: Pick<Domain, 'sessions'>) {
  return {
    async requestClientId(_: unknown, { caller }: Admitted): Promise<RequestClientIdResponse> {
      const { secret, token } = await sessions.requestClientId(caller);
      return { clientId: secret, clientToken: toClientToken(token) };
    },
    async requestSessionToken(
      _: unknown,
      { caller, credentials }: Admitted,
    ): Promise<RequestSessionTokenResponse> {
      const issued = await sessions.requestSessionToken(caller, credentials.bearer);
      const { secret, token, rotated, loginsKept } = issued;
      return { sessionToken: secret, token: toSessionToken(token), rotated, loginsKept };
    },
    getClientTokenStatus: async ({ clientId }: GetClientTokenStatusRequest) =>
      toClientTokenStatus(await sessions.getClientTokenStatus(clientId)),
    getSessionTokenStatus: async ({ sessionToken }: GetSessionTokenStatusRequest) =>
      toSessionTokenStatus(await sessions.getSessionTokenStatus(sessionToken)),
    async keepClientTokenAlive(
      _: unknown,
      { caller }: Admitted,
    ): Promise<KeepClientTokenAliveResponse> {
      const { token, extendedMs } = await sessions.keepClientTokenAlive(caller);
      return { clientToken: toClientToken(token), extendedDuration: toDuration(extendedMs) };
    },
    async keepSessionTokenAlive(
      _: unknown,
      { caller }: Admitted,
    ): Promise<KeepSessionTokenAliveResponse> {
      const { token, extendedMs } = await sessions.keepSessionTokenAlive(caller);
      return { token: toSessionToken(token), extendedDuration: toDuration(extendedMs) };
    },
    endSession: async (_: unknown, { caller }: Admitted): Promise<EndSessionResponse> => ({
      sessionId: formatId('session', await sessions.endSession(caller)),
    }),
  };
}
