import type { Logger } from '../lib/logger.js';
import { createPasswords } from '../lib/passwords.js';
import type { Time } from '../lib/time.js';
import type { Database } from '../storage/database.js';
import type { Ids } from '../storage/ids.js';
import { type Accounts, createAccounts } from './accounts/accounts.js';
import { createMasterKeys, type MasterKeys } from './accounts/master-keys.js';
import { createMasters, type Masters } from './accounts/masters.js';
import { type Authentication, createAuthentication } from './sessions/authentication.js';
import { createSessions, type Sessions } from './sessions/sessions.js';
import type { DomainSettings } from './settings.js';

/** What the domain stands on. */
export type DomainDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Number of this running server. */
  readonly instanceNumber: bigint;
  readonly settings: DomainSettings;
};

/** The use cases of the service, by area. Each operation's comment lists the reasons it throws. */
export type Domain = {
  readonly authentication: Authentication;
  readonly sessions: Sessions;
  readonly masters: Masters;
  readonly masterKeys: MasterKeys;
  readonly accounts: Accounts;
};

/** Wires the domain. Nothing runs until it is called. */
export function createDomain(deps: DomainDeps): Domain {
  const passwords = createPasswords({
    memoryKib: deps.settings.passwordMemoryKib,
    iterations: deps.settings.passwordIterations,
  });
  return {
    authentication: createAuthentication(deps),
    sessions: createSessions(deps),
    masters: createMasters({ ...deps, passwords }),
    masterKeys: createMasterKeys(deps),
    accounts: createAccounts({ ...deps, passwords }),
  };
}
