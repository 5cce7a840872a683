import type { Passwords } from '../../lib/passwords.js';
import type { Time } from '../../lib/time.js';
import type { Database } from '../../storage/database.js';
import type { Ids } from '../../storage/ids.js';
import type { Audit } from '../audit/audit.js';
import type { Committer } from '../ledger/committer.js';
import type { DomainSettings } from '../settings.js';
import type { LoginThrottle } from '../throttle/login-throttle.js';
import { createEditProfile, type EditProfile } from './edit-profile.js';
import { createLoginHistory, type LoginHistory } from './login-history.js';
import { createMasterAdministration, type MasterAdministration } from './master-administration.js';
import { createMasterLogins, type MasterLogins } from './master-logins.js';
import { createMasterStandings } from './master-standing.js';
import { createPasswordChanges } from './password-changes.js';
import { createRemovalSweeps, type RemovalSweeps } from './removal-sweeps.js';
import { createRemovals } from './removals.js';
import { createSetPassword, type SetPassword } from './set-password.js';
import { createSubordinates, type Subordinates } from './subordinates.js';
import { createUnlinking, type Unlinking } from './unlinking.js';
import { createUserStandings } from './user-standing.js';

/** What masters and users do to themselves and to one another, and what becomes of them. */
export type Tenancy = {
  readonly masterLogins: MasterLogins;
  readonly loginHistory: LoginHistory;
  readonly editProfile: EditProfile;
  readonly setPassword: SetPassword;
  readonly subordinates: Subordinates;
  readonly unlinking: Unlinking;
  readonly masterAdministration: MasterAdministration;
  readonly removalSweeps: RemovalSweeps;
};

/** What it stands on. */
export type TenancyDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly instanceNumber: bigint;
  readonly committer: Committer;
  readonly passwords: Passwords;
  readonly loginThrottle: LoginThrottle;
  readonly audit: Audit;
  readonly settings: DomainSettings;
};

/** Wires the use cases. */
export function createTenancy(deps: TenancyDeps): Tenancy {
  const passwordChanges = createPasswordChanges(deps);
  const masterStandings = createMasterStandings(deps);
  const userStandings = createUserStandings(deps);
  const removals = createRemovals({ ...deps, userStandings });
  const standings = { ...deps, userStandings, masterStandings, removals };
  return {
    masterLogins: createMasterLogins(deps),
    loginHistory: createLoginHistory(deps),
    editProfile: createEditProfile({ ...deps, passwordChanges }),
    setPassword: createSetPassword({ ...deps, passwordChanges }),
    subordinates: createSubordinates(deps),
    unlinking: createUnlinking(standings),
    masterAdministration: createMasterAdministration(standings),
    removalSweeps: createRemovalSweeps(standings),
  };
}
