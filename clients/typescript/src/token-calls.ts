import type { Caller } from './caller.js';
import type { RequestSessionTokenResponse } from './generated/ewallet/v1/session_service.js';
import {
  type GetSessionTokenStatusResponse,
  SessionServiceDefinition,
} from './generated/ewallet/v1/session_service.js';
import { identifyBy } from './identity.js';
import { createCalls } from './service.js';
import { durationToMs, timestampToMs } from './times.js';

/** A token, and how long it is valid from now. */
export type FreshToken = { readonly secret: string; readonly lifeMs: number };

/** Tokens are extended long before their time is over: there is another try, and who closes a client is not kept waiting. */
const keepAliveOptions = { timeoutMs: 5_000 };

/** The calls that tokens are asked for and looked after with. */
export type TokenCalls = ReturnType<typeof createTokenCalls>;

/** Metadata that presents tokens. */
export function headersOf(clientId: string, sessionToken?: string): Record<string, string> {
  return {
    'ewallet-client-id': clientId,
    ...(sessionToken === undefined ? {} : { authorization: `Bearer ${sessionToken}` }),
  };
}

/** Creates the calls about tokens. Asking for a token anew does no harm beyond what the client has to bear anyway, so all are retried. */
export function createTokenCalls(caller: Omit<Caller, 'identity'>) {
  const as = (headers: Record<string, string>) =>
    createCalls(
      { ...caller, repeatsAll: true, identity: identifyBy(headers) },
      SessionServiceDefinition,
    );
  const anyone = as({});
  return {
    async requestClientId(): Promise<FreshToken> {
      const { clientId, clientToken } = await anyone.requestClientId();
      return { secret: clientId, lifeMs: lifeOf(clientToken) };
    },
    /** `proof` is the session token so far: it keeps the logins. */
    async requestSessionToken(
      clientId: string,
      proof?: string,
    ): Promise<FreshToken & { response: RequestSessionTokenResponse }> {
      const response = await as(headersOf(clientId, proof)).requestSessionToken();
      return { secret: response.sessionToken, lifeMs: lifeOf(response.token), response };
    },
    /** Extends both, and tells for how long the one holds that ends first. */
    async keepAlive(clientId: string, sessionToken: string): Promise<number> {
      const calls = as(headersOf(clientId, sessionToken));
      const extended = await Promise.all([
        calls.keepClientTokenAlive({}, keepAliveOptions),
        calls.keepSessionTokenAlive({}, keepAliveOptions),
      ]);
      return Math.min(...extended.map(({ extendedDuration }) => durationToMs(extendedDuration)));
    },
    /** Whether another program has replaced the token while the session lives on. */
    async wasReplaced(sessionToken: string): Promise<boolean> {
      const [status, { serverTime }] = await Promise.all([
        anyone.getSessionTokenStatus({ sessionToken }),
        anyone.getServerInfo(),
      ]);
      return wasReplaced(status, timestampToMs(serverTime) ?? Date.now());
    },
  };
}

function wasReplaced(
  { registered, valid, plugged, token }: GetSessionTokenStatusResponse,
  serverTimeMs: number,
): boolean {
  return registered && !valid && plugged && (timestampToMs(token?.expireTime) ?? 0) > serverTimeMs;
}

type Lived = Pick<NonNullable<RequestSessionTokenResponse['token']>, 'createTime' | 'expireTime'>;

/** How long a token is valid that was just made, by the server's clock alone. */
function lifeOf(token: Lived | undefined): number {
  return (timestampToMs(token?.expireTime) ?? 0) - (timestampToMs(token?.createTime) ?? 0);
}
