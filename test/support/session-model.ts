import { expect } from 'vitest';
import { developmentSecrets } from '../../src/config.js';
import { anonymousCaller } from '../../src/model/caller.js';
import type { CleanerName } from '../../src/model/cleaner.js';
import { DomainError } from '../../src/model/errors.js';
import type { Database } from '../../src/storage/database.js';
import type { FakeTime } from './fake-time.js';
import { prove, type SessionInstance } from './session-instances.js';
import { expectSessionsSound } from './session-invariants.js';

/** What may happen. Numbers choose among what there is, by their remainder. */
export type SessionAction =
  | { readonly kind: 'client' | 'beat' | 'worker'; readonly on: number }
  | {
      readonly kind: 'token' | 'keep' | 'keepClient' | 'end' | 'acquire' | 'release' | 'remove';
      readonly on: number;
      readonly who: number;
      readonly proof: boolean;
    }
  | { readonly kind: 'system'; readonly on: number; readonly lifeMs: number }
  | { readonly kind: 'sweep'; readonly on: number; readonly name: CleanerName }
  | { readonly kind: 'wait'; readonly ms: number };

/** Capacity of each instance: 2 workers of 2 sessions, 2 of which may be anonymous. */
export const modelEnvironment = { EWALLET_WORKER_LIMIT: '2', EWALLET_SESSION_LIMIT: '2' };

const CAPACITY = 4;
const ANONYMOUS_CAPACITY = 2;
const TOKEN_MS = 30 * 60_000;
const ANONYMOUS_MS = 2 * 60_000;

type ModelSession = { id: bigint; token: string | null; expireTime: number; anonymous: boolean };
type Client = {
  id: bigint;
  secret: string;
  expireTime: number;
  acquired: boolean;
  session: ModelSession | null;
};

/** The rules of sessions, told a second time: says what each action must do, and compares. */
export function createSessionModel(options: {
  readonly db: Database;
  readonly time: FakeTime;
  readonly instances: readonly SessionInstance[];
  readonly masterEmail: string;
}) {
  const { db, time, instances } = options;
  const clients: Client[] = [];
  const systemSessions: ModelSession[] = [];
  const seen = { opened: 0, rotated: 0, refused: 0, madeRoom: 0, swept: 0 };
  /** What the model expected to go, or to make room, in the action at hand. */
  let mayGo: (session: ModelSession) => boolean = () => false;

  function sessions(): ModelSession[] {
    return [...clients.flatMap(({ session }) => session ?? []), ...systemSessions];
  }

  function forget(gone: ModelSession): void {
    for (const client of clients) if (client.session === gone) client.session = null;
    if (systemSessions.includes(gone)) systemSessions.splice(systemSessions.indexOf(gone), 1);
  }

  const isExpired = ({ expireTime }: { expireTime: number }) => expireTime <= time.now();

  /** Whether the session's token is good for a call now: the reason when it is not. */
  function refusalOf(client: Client): string | undefined {
    if (isExpired(client)) return 'CLIENT_TOKEN_INVALID';
    if (!client.session || isExpired(client.session)) return 'SESSION_TOKEN_INVALID';
    return undefined;
  }

  async function mapped(instance: SessionInstance) {
    const rows = await db
      .knex('sessions as s')
      .join('workers as w', 'w.id', 's.worker_id')
      .join('instances as i', (on) =>
        on.on('i.instance_number', 'w.instance_number').andOn('i.epoch', 'w.epoch'),
      )
      .where('w.instance_number', Number(instance.instanceNumber))
      .select('s.expire_time', 's.anonymous');
    const now = BigInt(time.now());
    return {
      total: rows.length,
      anonymous: rows.filter((row) => row.anonymous === 1n).length,
      expired: rows.filter((row) => row.expire_time <= now).length,
    };
  }

  /** That nothing could have made room for a newcomer that was refused. */
  async function expectFull(instance: SessionInstance, anonymous: boolean): Promise<void> {
    const { total, ...there } = await mapped(instance);
    expect(there.expired).toBe(0);
    const full = total >= CAPACITY || (anonymous && there.anonymous >= ANONYMOUS_CAPACITY);
    expect(full).toBe(true);
    if (!anonymous) expect(there.anonymous).toBe(0);
  }

  /** That the instance took no more than it may. What others left to it counts too. */
  async function expectRoom(instance: SessionInstance, anonymous: boolean): Promise<void> {
    const there = await mapped(instance);
    expect(there.total).toBeLessThanOrEqual(CAPACITY);
    if (anonymous) expect(there.anonymous).toBeLessThanOrEqual(ANONYMOUS_CAPACITY);
  }

  async function requestToken(instance: SessionInstance, client: Client, withProof: boolean) {
    const { session } = client;
    const spent = session?.anonymous === true && isExpired(session);
    const proof = withProof ? (session?.token ?? null) : null;
    const keeps = session !== null && proof !== null && !isExpired(session);
    mayGo = (other) => isExpired(other) || (other.anonymous && client.acquired);
    const caller = await prove(instance, client.secret);
    const issued = await reasonOr(instance.sessions.requestSessionToken(caller, proof));
    if (typeof issued === 'string') {
      expect(issued).toBe('SESSION_CAPACITY_REACHED');
      expect(session === null || spent).toBe(true);
      seen.refused += 1;
      return expectFull(instance, !client.acquired);
    }
    const rotated = session !== null && !spent;
    seen[rotated ? 'rotated' : 'opened'] += 1;
    if (!rotated) await expectRoom(instance, !client.acquired);
    expect(issued).toMatchObject({ rotated, loginsKept: rotated && keeps });
    const expireTime = client.acquired ? time.now() + TOKEN_MS : time.now() + ANONYMOUS_MS;
    client.session = {
      id: issued.token.sessionId,
      token: issued.secret,
      expireTime: rotated && session.anonymous ? session.expireTime : expireTime,
      anonymous: !client.acquired,
    };
    if (rotated) expect(issued.token.sessionId).toBe(session.id);
    expect(issued.token.expireTime).toBe(client.session.expireTime);
  }

  async function acquire(instance: SessionInstance, client: Client, acquired: boolean) {
    const caller = await prove(instance, client.secret, client.session?.token ?? '');
    const acquireKey = developmentSecrets.acquireKey;
    if (acquired) {
      const input = { email: options.masterEmail, acquireKey };
      await instance.masters.acquireMaster(caller, input);
    } else {
      await instance.masters.releaseMaster(caller, { acquireKey });
    }
    const session = client.session as ModelSession;
    if (client.acquired === acquired) return;
    client.acquired = acquired;
    const least = Math.min(session.expireTime, time.now() + ANONYMOUS_MS);
    session.expireTime = acquired ? time.now() + TOKEN_MS : least;
    session.anonymous = !acquired;
  }

  /** An action on a session by its token. */
  async function actWithToken(
    kind: 'keep' | 'end' | 'acquire' | 'release',
    instance: SessionInstance,
    client: Client,
  ): Promise<void> {
    const refusal = refusalOf(client);
    if (refusal) {
      const outcome = await reasonOr(prove(instance, client.secret, client.session?.token ?? 'x'));
      return expect(outcome).toBe(refusal);
    }
    const session = client.session as ModelSession;
    if (kind === 'acquire') return acquire(instance, client, true);
    if (kind === 'release') return client.acquired ? acquire(instance, client, false) : undefined;
    const caller = await prove(instance, client.secret, session.token);
    if (kind === 'keep') {
      const { token } = await instance.sessions.keepSessionTokenAlive(caller);
      if (!session.anonymous) session.expireTime = time.now() + TOKEN_MS;
      expect(token.expireTime).toBe(session.expireTime);
    } else {
      expect(await instance.sessions.endSession(caller)).toBe(session.id);
      client.session = null;
    }
  }

  async function actOfClient(
    { kind, who, proof }: Extract<SessionAction, { who: number }>,
    instance: SessionInstance,
  ): Promise<void> {
    const client = clients[who % Math.max(1, clients.length)];
    if (!client) return;
    if (kind === 'remove') {
      const session = sessions()[who % Math.max(1, sessions().length)];
      if (!session) return;
      await instance.cleaners.remove('sessions', session.id);
      return forget(session);
    }
    if (kind !== 'token' && kind !== 'keepClient') return actWithToken(kind, instance, client);
    if (isExpired(client)) {
      return expect(await reasonOr(prove(instance, client.secret))).toBe('CLIENT_TOKEN_INVALID');
    }
    if (kind === 'token') return requestToken(instance, client, proof);
    await instance.sessions.keepClientTokenAlive(await prove(instance, client.secret));
    client.expireTime = time.now() + TOKEN_MS;
  }

  async function openSystemSession(instance: SessionInstance, lifeMs: number): Promise<void> {
    mayGo = (other) => isExpired(other) || other.anonymous;
    const input = { reference: 'model', lifeMs };
    const opened = await reasonOr(instance.systemSessions.createSession(input));
    if (typeof opened === 'string') {
      expect(opened).toBe('SESSION_CAPACITY_REACHED');
      return expectFull(instance, false);
    }
    await expectRoom(instance, false);
    const { id, expireTime } = opened.session;
    expect(expireTime).toBe(time.now() + lifeMs);
    systemSessions.push({ id, token: null, expireTime, anonymous: false });
  }

  async function sweep(instance: SessionInstance, name: CleanerName): Promise<void> {
    const report = await instance.cleaners.sweep(name, new AbortController().signal);
    const expiredClients = clients.filter(isExpired);
    const gone = {
      sessions: sessions().filter(isExpired),
      client_tokens: expiredClients.flatMap(({ session }) => session ?? []),
      session_tokens: sessions().filter((each) => each.token !== null && isExpired(each)),
      workers: [],
      accounts: [],
      masters: [],
    }[name];
    expect(report.sessions.ids.toSorted()).toEqual(gone.map(({ id }) => id).toSorted());
    for (const session of gone) forget(session);
    seen.swept += gone.length;
    if (name !== 'client_tokens') return;
    expect(report.clientTokens.ids.toSorted()).toEqual(
      expiredClients.map(({ id }) => id).toSorted(),
    );
    for (const client of expiredClients) clients.splice(clients.indexOf(client), 1);
  }

  async function act(action: SessionAction): Promise<void> {
    if (action.kind === 'wait') return time.advance(action.ms);
    const instance = instances[action.on % instances.length] as SessionInstance;
    if (action.kind === 'client') {
      const { secret, token } = await instance.sessions.requestClientId(anonymousCaller('::1'));
      const { id, expireTime } = token;
      clients.push({ id, secret, expireTime, acquired: false, session: null });
    } else if (action.kind === 'beat') await instance.leaseKeeper.beat();
    else if (action.kind === 'worker') await reasonOr(instance.systemSessions.createWorker());
    else if (action.kind === 'system') await openSystemSession(instance, action.lifeMs);
    else if (action.kind === 'sweep') await sweep(instance, action.name);
    else if ('who' in action) await actOfClient(action, instance);
  }

  /** That the database holds what the model knows, but for sessions that made room. */
  async function compare(): Promise<void> {
    await expectSessionsSound(db);
    const rows = await db.knex('sessions').select('id', 'expire_time', 'anonymous');
    const there = new Set(rows.map(({ id }) => id));
    for (const session of sessions()) {
      if (there.has(session.id)) continue;
      expect(mayGo(session)).toBe(true);
      seen.madeRoom += 1;
      forget(session);
    }
    const known = sessions().map((each) => `${each.id} ${each.expireTime} ${each.anonymous}`);
    const found = rows.map((row) => `${row.id} ${row.expire_time} ${row.anonymous === 1n}`);
    expect(found.toSorted()).toEqual(known.toSorted());
  }

  return {
    /** How often what happened. */
    seen,
    /** Does it, and compares everything. @throws when a rule is broken */
    async step(action: SessionAction): Promise<void> {
      mayGo = () => false;
      await act(action);
      await compare();
    },
  };
}

async function reasonOr<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DomainError) return error.reason;
    throw error;
  }
}
