import type { Logger } from '../lib/logger.js';
import { createPasswords } from '../lib/passwords.js';
import type { Time } from '../lib/time.js';
import { createVault } from '../lib/vault.js';
import type { Caller } from '../model/caller.js';
import type { TimeRecord } from '../model/clockwork.js';
import type { ToldConversion } from '../storage/clock-outcomes.js';
import { conversionReading, timeReading } from '../storage/clock-records.js';
import type { Database } from '../storage/database.js';
import type { Ids } from '../storage/ids.js';
import { databaseLeaseTime, type LeaseTime } from '../storage/lease-time.js';
import {
  type InvoiceSide,
  invoiceReading,
  type StoredInvoice,
  type StoredTransfer,
  type TransferSide,
  transferReading,
} from '../storage/records.js';
import { type AccountFacts, createAccountFacts } from './accounts/account-facts.js';
import { type Accounts, createAccounts } from './accounts/accounts.js';
import { createMasterKeys, type MasterKeys } from './accounts/master-keys.js';
import { createMasters, type Masters } from './accounts/masters.js';
import { createTenancy, type Tenancy } from './accounts/tenancy.js';
import { createTotp, type Totp } from './accounts/totp.js';
import { type Audit, type AuditAct, createAudit } from './audit/audit.js';
import { type AuditTrail, createAuditTrail } from './audit/audit-trail.js';
import { type ClockOperations, createClockOperations } from './clocks/clock-operations.js';
import { type ClockUpkeep, createClockUpkeep } from './clocks/clock-upkeep.js';
import { type ClockWatch, createClockWatch } from './clocks/clock-watch.js';
import { type Clocks, createClocks } from './clocks/clocks.js';
import { createDueTimers, type DueTimers } from './clocks/due-timers.js';
import { createUnlinkClock, type UnlinkClock } from './clocks/unlink-clock.js';
import { type Contacts, createContacts } from './contacts/contacts.js';
import { createIssues, type Issues } from './issues/issues.js';
import { type Committer, createCommitter } from './ledger/committer.js';
import { createVerification, type Verification } from './ledger/verify.js';
import { type Authentication, createAuthentication } from './sessions/authentication.js';
import { type Cleaners, createCleaners } from './sessions/cleaners.js';
import { createInstance } from './sessions/instance.js';
import { createLeaseKeeper, type LeaseKeeper } from './sessions/lease-keeper.js';
import { createPlacement } from './sessions/placement.js';
import { createSessions, type Sessions } from './sessions/sessions.js';
import { createSystemSessions, type SystemSessions } from './sessions/system-sessions.js';
import { createWorkerWatch, type WorkerWatch } from './sessions/worker-watch.js';
import type { DomainSettings } from './settings.js';
import { createSheets, type Sheets } from './sheets/sheets.js';
import { createKeyThrottle, type KeyThrottle } from './throttle/key-throttle.js';
import { createLoginThrottle } from './throttle/login-throttle.js';
import { createThrottle } from './throttle/throttle.js';
import { createFunding, type Funding } from './wallets/funding.js';
import { createParties } from './wallets/parties.js';
import { createPayments, type Payments } from './wallets/payments.js';
import { createSupply, type Supply } from './wallets/supply.js';
import { createUnlinkWallet, type UnlinkWallet } from './wallets/unlink-wallet.js';
import { createWalletUpkeep, type WalletUpkeep } from './wallets/wallet-upkeep.js';
import { createWallets, type Wallets } from './wallets/wallets.js';
import { createWatches } from './watches/watches.js';

/** Bytes per ledger transaction: well below the 16 MB that MySQL takes in one packet by default. */
const MAX_BATCH_BYTES = 4_000_000;

/** What the domain stands on. */
export type DomainDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Number of this running server. */
  readonly instanceNumber: bigint;
  readonly settings: DomainSettings;
  /** What leases between instances are measured by; the database's clock unless a test says otherwise. */
  readonly leaseTime?: LeaseTime;
};

/** The use cases of the service, by area. Each operation's comment lists the reasons it throws. */
export type Domain = {
  readonly authentication: Authentication;
  readonly sessions: Sessions;
  readonly systemSessions: SystemSessions;
  readonly cleaners: Cleaners;
  /** Keeps the lease on this server's workers while the server runs. */
  readonly leaseKeeper: LeaseKeeper;
  readonly workerWatch: WorkerWatch;
  readonly audit: Audit;
  readonly auditTrail: AuditTrail;
  readonly keyThrottle: KeyThrottle;
  /** Records a call of the operator. */
  readonly recordOperatorCall: (caller: Caller, call: Omit<AuditAct, 'kind'>) => Promise<void>;
  readonly masters: Masters;
  readonly masterKeys: MasterKeys;
  readonly accounts: Accounts;
  readonly accountFacts: AccountFacts;
  readonly totp: Totp;
  readonly tenancy: Tenancy;
  /** The only writer of ledger accounts: drained when the server stops. */
  readonly committer: Committer;
  readonly verification: Verification;
  readonly payments: Payments;
  readonly supply: Supply;
  readonly funding: Funding;
  readonly wallets: Wallets;
  readonly clocks: Clocks;
  readonly clockOperations: ClockOperations;
  readonly unlinkClock: UnlinkClock;
  /** Settles timers that have run out, while the server runs. */
  readonly dueTimers: DueTimers;
  readonly clockUpkeep: ClockUpkeep;
  readonly walletUpkeep: WalletUpkeep;
  readonly unlinkWallet: UnlinkWallet;
  readonly transferSheets: Sheets<StoredTransfer, TransferSide>;
  readonly invoiceSheets: Sheets<StoredInvoice, InvoiceSide>;
  readonly conversionSheets: Sheets<ToldConversion, ''>;
  readonly timeSheets: Sheets<TimeRecord, ''>;
  readonly clockWatch: ClockWatch;
  readonly contacts: Contacts;
  readonly issues: Issues;
};

/** Wires the domain. Nothing runs until it is called. */
export function createDomain(deps: DomainDeps): Domain {
  const passwords = createPasswords({
    memoryKib: deps.settings.passwordMemoryKib,
    iterations: deps.settings.passwordIterations,
  });
  const committer = createLedgerCommitter(deps);
  const leaseTime = deps.leaseTime ?? databaseLeaseTime(deps.db.engine);
  const instance = createInstance({ ...deps, leaseTime });
  const placement = createPlacement({ ...deps, instance });
  const { watch } = deps.settings;
  const watching = {
    ...deps,
    settings: watch,
    watches: createWatches({ ...deps, settings: watch }),
  };
  const clocks = createClocks(deps);
  const { throttleSpanMs, auditKey } = deps.settings;
  const vault = createVault(deps.settings.secretsKeys);
  const throttle = createThrottle({ ...deps, spanMs: throttleSpanMs, key: auditKey });
  const audit = createAudit(deps);
  const keyThrottle = createKeyThrottle({ ...deps, throttle, audit });
  const loginThrottle = createLoginThrottle({ ...deps, throttle, audit });
  const tenancy = createTenancy({ ...deps, committer, passwords, loginThrottle, audit });
  const { removalSweeps } = tenancy;
  const money = { ...deps, committer, parties: createParties(deps.db) };
  const unlinkClock = createUnlinkClock(money);
  return {
    authentication: createAuthentication({ ...deps, keyThrottle }),
    sessions: createSessions({ ...deps, placement }),
    systemSessions: createSystemSessions({ ...deps, instance, placement }),
    cleaners: createCleaners({ ...deps, leaseTime, removalSweeps }),
    leaseKeeper: createLeaseKeeper({ ...deps, leaseTime, instance }),
    workerWatch: createWorkerWatch(watching),
    audit,
    auditTrail: createAuditTrail(deps),
    keyThrottle,
    recordOperatorCall: (caller, call) => audit.record(caller, { kind: 'OPERATOR_CALL', ...call }),
    masters: createMasters({ ...deps, passwords, audit, keyThrottle }),
    masterKeys: createMasterKeys({ ...deps, audit }),
    accounts: createAccounts({ ...deps, passwords, audit, loginThrottle, vault }),
    accountFacts: createAccountFacts(deps),
    totp: createTotp({ ...deps, passwords, audit, loginThrottle, vault }),
    tenancy,
    committer,
    verification: createVerification(deps.db),
    payments: createPayments(money),
    supply: createSupply(money),
    funding: createFunding({ ...money, audit }),
    wallets: createWallets(deps),
    clockOperations: createClockOperations(money),
    unlinkClock,
    dueTimers: createDueTimers(money),
    clockUpkeep: createClockUpkeep(deps),
    clocks,
    walletUpkeep: createWalletUpkeep(deps),
    unlinkWallet: createUnlinkWallet({ ...money, unlinkClock }),
    transferSheets: createSheets(deps, transferReading),
    invoiceSheets: createSheets(deps, invoiceReading),
    conversionSheets: createSheets(deps, conversionReading),
    timeSheets: createSheets(deps, timeReading),
    clockWatch: createClockWatch({ ...watching, clocks }),
    contacts: createContacts(deps),
    issues: createIssues({ ...deps, throttle }),
  };
}

function createLedgerCommitter({ db, time, logger, settings }: DomainDeps): Committer {
  return createCommitter(
    {
      db,
      time,
      onRetry: (kind, attempt, size) =>
        logger.warn({ kind, attempt, size }, 'a ledger transaction runs again'),
    },
    {
      maxAccounts: settings.ledgerBatchSize,
      maxBytes: MAX_BATCH_BYTES,
      maxQueue: settings.ledgerQueueSize,
    },
  );
}
