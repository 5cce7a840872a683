import type { CredentialStore, Credentials } from './credentials.js';
import { EWalletError, LoginLostError } from './errors.js';
import type { RequestSessionTokenResponse } from './generated/ewallet/v1/session_service.js';
import type { Identity } from './identity.js';
import type { Method } from './method.js';
import { within } from './patience.js';
import type { Headers } from './send.js';
import { headersOf, type TokenCalls } from './token-calls.js';

/** What the keeping of tokens needs. */
export type TokenDeps = {
  readonly calls: TokenCalls;
  readonly credentials?: Credentials | undefined;
  readonly store?: CredentialStore | undefined;
  /** Acquires the master and logs in, over calls that present what there is. */
  readonly login?: (() => Promise<void>) | undefined;
};

/** Tokens of a client program: fetched when first needed, extended in time, renewed when they are refused. */
export type Tokens = Identity & {
  /** Presents what there is and renews nothing: for calls made while somebody logs in. */
  readonly bare: Identity;
  current(): Credentials | undefined;
  /** Replaces the session token and keeps the logins. */
  rotate(): Promise<RequestSessionTokenResponse>;
  /** The session was ended: the next call opens another one. */
  forgetSession(): void;
  /** Somebody has logged in: what was lost does not matter any more. */
  noteLogin(): void;
  /** A master was acquired, with which a session lives for another time: extending it tells for how long. */
  extendSoon(): void;
  /** Ends the extending, after what is under way. */
  close(): Promise<void>;
};

/** Methods that need no credentials: none are fetched for them. */
const anonymous = /\/(RequestClientId|Get(Client|Session)TokenStatus|GetServerInfo)$/;
/** Tokens are extended when half of their time is over, and no more often than this. */
const MIN_EXTEND_MS = 1_000;
/** After an extension that failed: the tokens may still hold for a while. */
const EXTEND_AGAIN_MS = 5_000;
/** The longest delay that a timer takes. */
const MAX_TIMER_MS = 2_147_483_647;

/** Creates the keeper of a program's tokens. */
export function createTokens({ calls, store, login, ...deps }: TokenDeps): Tokens {
  let current = deps.credentials;
  let clientId: string | undefined = current?.clientId;
  /** Whether somebody may be logged in, and whether such a login was lost. */
  let loggedIn = current !== undefined;
  let lost = false;
  let renewal: Promise<unknown> | undefined;
  let extension: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** Whether the session was ended here: what is kept of it is of no use. */
  let ended = false;

  /** One renewal at a time, however many calls wait for it. */
  function renewOnce<T>(renew: () => Promise<T>): Promise<T> {
    const running = renew().finally(() => {
      if (renewal === running) renewal = undefined;
    });
    // Who waits is told; who has given up by then need not be.
    running.catch(() => {});
    renewal = running;
    return running;
  }

  async function adopt(credentials: Credentials, keep = true): Promise<void> {
    current = credentials;
    clientId = credentials.clientId;
    schedule();
    if (keep) await store?.save(credentials);
  }

  async function open(proof?: string): Promise<RequestSessionTokenResponse> {
    const client = clientId === undefined ? await calls.requestClientId() : undefined;
    clientId ??= client?.secret ?? '';
    const session = await calls.requestSessionToken(clientId, proof);
    const lifeMs = Math.min(session.lifeMs, client?.lifeMs ?? session.lifeMs);
    await adopt(credentialsOf(clientId, session.secret, lifeMs));
    return session.response;
  }

  async function begin(): Promise<void> {
    const stored = ended ? undefined : await store?.load();
    if (!stored) return void (await open());
    loggedIn = true;
    await adopt(stored, false);
  }

  async function renew(used: Credentials | undefined, reason: string | undefined): Promise<void> {
    const stored = await store?.load();
    if (stored && stored.sessionToken !== used?.sessionToken) return adopt(stored, false);
    // A session that lives on elsewhere is left alone: to ask for its token again would throw out who uses it.
    const mine = reason !== 'CLIENT_TOKEN_INVALID' && used !== undefined;
    if (!mine || (await calls.wasReplaced(used.sessionToken))) clientId = undefined;
    const response = await open(
      mine && clientId !== undefined ? used.sessionToken : undefined,
    ).catch((error) => {
      if (!isRefusedClient(error)) throw error;
      clientId = undefined;
      return open();
    });
    lost = loggedIn && !response.loginsKept;
    if (lost) await logIn();
  }

  async function logIn(): Promise<void> {
    await login?.();
    if (!login) return;
    noteLogin();
    extendSoon();
  }

  function noteLogin(): void {
    loggedIn = true;
    lost = false;
  }

  function extendSoon(): void {
    if (!current) return;
    current = { ...current, extendTimeMs: Date.now() };
    schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    if (closed || !current) return;
    const delayMs = Math.max(0, current.extendTimeMs - Date.now());
    timer = setTimeout(() => void extend(), Math.min(delayMs, MAX_TIMER_MS));
    timer.unref();
  }

  function extend(): Promise<void> {
    extension ??= extendNow().finally(() => {
      extension = undefined;
    });
    return extension;
  }

  async function extendNow(): Promise<void> {
    const used = current;
    if (!used || closed) return;
    if (used.extendTimeMs > Date.now()) return schedule();
    try {
      const lifeMs = await calls.keepAlive(used.clientId, used.sessionToken);
      if (current !== used) return schedule();
      await adopt(credentialsOf(used.clientId, used.sessionToken, lifeMs));
    } catch (error) {
      if (current !== used) return schedule();
      // Refused: the next call renews them. All else passes, or a call tells.
      const refused = error instanceof EWalletError && error.code === 'UNAUTHENTICATED';
      const extendTimeMs = refused ? Number.MAX_SAFE_INTEGER : Date.now() + EXTEND_AGAIN_MS;
      current = { ...used, extendTimeMs };
      if (!refused) schedule();
    }
  }

  const presentCurrent = (): Headers =>
    current ? headersOf(current.clientId, current.sessionToken) : {};

  return {
    async present(method: Method, patience) {
      if (anonymous.test(method.path)) return {};
      if (renewal) await within(renewal, patience);
      if (!current) await within(renewal ?? renewOnce(begin), patience);
      if (current && current.extendTimeMs <= Date.now()) void extend();
      return presentCurrent();
    },
    async recover(error, presented, patience) {
      if (renewal) await within(renewal, patience);
      else if (isSame(presented, presentCurrent())) {
        const used = current;
        if (isRefused(error))
          await within(
            renewOnce(() => renew(used, error.reason)),
            patience,
          );
        else if (isLoggedOut(error) && login) await within(renewOnce(logIn), patience);
        else if (isLoggedOut(error) && lost) throw new LoginLostError(lostFacts(error));
        else return false;
      }
      return true;
    },
    bare: { present: async () => presentCurrent(), recover: async () => false },
    current: () => current,
    noteLogin,
    extendSoon,
    async rotate() {
      // Whether another renewal went well is told to who asked for it.
      await renewal?.catch(() => {});
      return renewOnce(async () => {
        if (!current) await begin();
        return open(current?.sessionToken);
      });
    },
    forgetSession() {
      current = undefined;
      ended = true;
      clearTimeout(timer);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await extension;
    },
  };
}

function credentialsOf(clientId: string, sessionToken: string, lifeMs: number): Credentials {
  const now = Date.now();
  const extendTimeMs = now + Math.max(MIN_EXTEND_MS, lifeMs / 2);
  return { clientId, sessionToken, expireTimeMs: now + lifeMs, extendTimeMs };
}

function isRefused({ reason }: EWalletError): boolean {
  return reason === 'CLIENT_TOKEN_INVALID' || reason === 'SESSION_TOKEN_INVALID';
}

function isLoggedOut({ reason }: EWalletError): boolean {
  return reason === 'NOT_LOGGED_IN' || reason === 'MASTER_NOT_ACQUIRED';
}

function isRefusedClient(error: unknown): boolean {
  return error instanceof EWalletError && error.reason === 'CLIENT_TOKEN_INVALID';
}

function isSame(a: Headers, b: Headers): boolean {
  return a['ewallet-client-id'] === b['ewallet-client-id'] && a.authorization === b.authorization;
}

function lostFacts(error: EWalletError) {
  const message = `The session was lost, and its logins with it: log in again. ${error.message}`;
  return { ...error, message, cause: error };
}
