import { openConnections } from './connections.js';
import type { CredentialStore, Credentials } from './credentials.js';
import type { RequestSessionTokenResponse } from './generated/ewallet/v1/session_service.js';
import type { ConnectionOptions } from './options.js';
import { createPublicCalls, type PublicCalls } from './public-calls.js';
import { createTokenCalls } from './token-calls.js';
import { createTokens, type Tokens } from './tokens.js';

/** How a client program connects. */
export type ConnectOptions = ConnectionOptions & {
  /** Credentials of an earlier run. Where they do not hold any more, new ones are fetched. */
  readonly credentials?: Credentials;
  /** Where credentials are kept between runs. */
  readonly store?: CredentialStore;
  /**
   * Acquires the master and logs in, with the calls that it is given. Called when a call needs it and nobody is logged in, at first and after
   * a session was lost; once for all calls that wait. The call is sent again afterwards.
   */
  readonly login?: (calls: PublicCalls) => Promise<unknown>;
};

/** A client program's calls. Tokens are fetched when the first call needs them, and kept alive until it is closed. */
export type EWallet = PublicCalls &
  AsyncDisposable & {
    /** The tokens of now; undefined before the first call. They are secrets. */
    credentials(): Credentials | undefined;
    /** Replaces the session token; the old one stops at once. Logins are kept, and calls under way get to their end. */
    rotate(): Promise<RequestSessionTokenResponse>;
    /** Closes the connections. The session goes on: end it with `sessions.endSession()` before, if nobody needs it again. */
    close(): Promise<void>;
  };

/**
 * Connects as a client program, which users log in to. Nothing is sent before the first call.
 *
 * @throws TypeError when an option cannot be used.
 */
export function connect(options: ConnectOptions): EWallet {
  const connections = openConnections(options);
  const { login, credentials, store } = options;
  const tokens: Tokens = createTokens({
    calls: createTokenCalls(connections),
    credentials,
    store,
    login: login && (async () => void (await login(whileLoggingIn()))),
  });
  const whileLoggingIn = () => createPublicCalls({ ...connections, identity: tokens.bare });
  const close = async () => {
    await tokens.close();
    connections.close();
  };
  return {
    ...noticeTokens(createPublicCalls({ ...connections, identity: tokens }), tokens),
    credentials: tokens.current,
    rotate: tokens.rotate,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Lets the keeper of the tokens know what calls do to them. */
function noticeTokens(calls: PublicCalls, tokens: Tokens): PublicCalls {
  const { sessions, accounts, masters } = calls;
  return {
    ...calls,
    sessions: {
      ...sessions,
      requestSessionToken: () => tokens.rotate(),
      async endSession(request, options) {
        const response = await sessions.endSession(request, options);
        tokens.forgetSession();
        return response;
      },
    },
    accounts: {
      ...accounts,
      async login(request, options) {
        const response = await accounts.login(request, options);
        tokens.noteLogin();
        return response;
      },
    },
    masters: {
      ...masters,
      async acquireMaster(request, options) {
        const response = await masters.acquireMaster(request, options);
        tokens.extendSoon();
        return response;
      },
      async loginMaster(request, options) {
        const response = await masters.loginMaster(request, options);
        tokens.noteLogin();
        tokens.extendSoon();
        return response;
      },
    },
  };
}
