import { loadConfig } from '../../src/config.js';
import { createDomain, type Domain } from '../../src/domain/domain.js';
import { createLogger } from '../../src/lib/logger.js';
import { anonymousCaller, type Caller } from '../../src/model/caller.js';
import type { CallerKind } from '../../src/model/credentials.js';
import { domainSettings } from '../../src/server.js';
import type { Database } from '../../src/storage/database.js';
import { createIds } from '../../src/storage/ids.js';
import { processLeaseTime } from '../../src/storage/lease-time.js';
import type { FakeTime } from './fake-time.js';

/** One of several running servers on a database, without its listeners. */
export type SessionInstance = Domain & { readonly instanceNumber: bigint };

/** Creates an instance in the development profile, which registers when it is first used. It beats only when it is told to. */
export async function createSessionInstance(
  db: Database,
  time: FakeTime,
  env: Record<string, string> = {},
): Promise<SessionInstance> {
  const ids = createIds(db, { blockSize: 500 });
  const instanceNumber = await ids.nextInstanceNumber();
  const config = loadConfig({
    EWALLET_PROFILE: 'development',
    EWALLET_PASSWORD_MEMORY_KIB: '64',
    EWALLET_PASSWORD_ITERATIONS: '1',
    EWALLET_TOKEN_REQUESTS_PER_MINUTE: '0',
    ...env,
  });
  const domain = createDomain({
    db,
    time,
    ids,
    logger: createLogger({ level: 'fatal' }),
    instanceNumber,
    settings: domainSettings(config),
    leaseTime: processLeaseTime(time.now),
  });
  return { ...domain, instanceNumber };
}

const client: ReadonlySet<CallerKind> = new Set(['CLIENT']);
const session: ReadonlySet<CallerKind> = new Set(['SESSION']);

/** Whoever these tokens prove, as the listeners ask. @throws CLIENT_TOKEN_INVALID, SESSION_TOKEN_INVALID */
export function prove(
  { authentication }: Pick<Domain, 'authentication'>,
  clientId: string,
  sessionToken: string | null = null,
): Promise<Caller> {
  const credentials = {
    clientId,
    bearer: sessionToken,
    backendKey: null,
    onBehalfOf: null,
    registrationKey: null,
    source: '127.0.0.1',
  };
  return authentication.authenticate(credentials, sessionToken === null ? client : session);
}

/** A new client program and its session on an instance. */
export async function openSessionOn(
  instance: SessionInstance,
): Promise<{ clientId: string; sessionToken: string }> {
  const { secret } = await instance.sessions.requestClientId(anonymousCaller('127.0.0.1'));
  const caller = await prove(instance, secret);
  const issued = await instance.sessions.requestSessionToken(caller, null);
  return { clientId: secret, sessionToken: issued.secret };
}
