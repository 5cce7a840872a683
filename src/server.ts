import { SystemServiceDefinition } from '../generated/ewallet/system/v1/system_service.js';
import { AccountServiceDefinition } from '../generated/ewallet/v1/account_service.js';
import { ClockServiceDefinition } from '../generated/ewallet/v1/clock_service.js';
import { ContactServiceDefinition } from '../generated/ewallet/v1/contact_service.js';
import { ConversionSheetServiceDefinition } from '../generated/ewallet/v1/conversion_sheet_service.js';
import { InvoiceSheetServiceDefinition } from '../generated/ewallet/v1/invoice_sheet_service.js';
import { IssueServiceDefinition } from '../generated/ewallet/v1/issue_service.js';
import { MasterServiceDefinition } from '../generated/ewallet/v1/master_service.js';
import { SessionServiceDefinition } from '../generated/ewallet/v1/session_service.js';
import { TimeSheetServiceDefinition } from '../generated/ewallet/v1/time_sheet_service.js';
import { TransferSheetServiceDefinition } from '../generated/ewallet/v1/transfer_sheet_service.js';
import { WalletServiceDefinition } from '../generated/ewallet/v1/wallet_service.js';
import type { Config } from './config.js';
import type { Domain } from './domain/domain.js';
import type { DomainSettings } from './domain/settings.js';
import { startWithClosers } from './lib/closers.js';
import type { Logger } from './lib/logger.js';
import { sleep } from './lib/sleep.js';
import type { Time } from './lib/time.js';
import { createAdmission } from './transport/admission.js';
import { loadDescriptors } from './transport/descriptors.js';
import { createAccountUpkeepHandlers } from './transport/handlers/account-upkeep.js';
import { createAccountHandlers } from './transport/handlers/accounts.js';
import { createAuditHandlers } from './transport/handlers/audit.js';
import { createCleanerHandlers } from './transport/handlers/cleaners.js';
import { createClockUpkeepHandlers } from './transport/handlers/clock-upkeep.js';
import { createClockWatchHandlers } from './transport/handlers/clock-watch.js';
import { createClockHandlers } from './transport/handlers/clocks.js';
import { createContactHandlers } from './transport/handlers/contacts.js';
import { createConversionSheetHandlers } from './transport/handlers/conversion-sheets.js';
import { createDrainHandlers } from './transport/handlers/drain.js';
import { createInvoiceSheetHandlers } from './transport/handlers/invoice-sheets.js';
import {
  createIssueAdministrationHandlers,
  createIssueHandlers,
} from './transport/handlers/issues.js';
import { createMasterAdministrationHandlers } from './transport/handlers/master-administration.js';
import { createMasterUpkeepHandlers } from './transport/handlers/master-upkeep.js';
import { createMasterHandlers } from './transport/handlers/masters.js';
import { createServerInfoHandlers } from './transport/handlers/server-info.js';
import { createSessionHandlers } from './transport/handlers/sessions.js';
import { createSubordinateHandlers } from './transport/handlers/subordinates.js';
import { createSystemHandlers } from './transport/handlers/system.js';
import { createSystemSessionHandlers } from './transport/handlers/system-sessions.js';
import { createTimeSheetHandlers } from './transport/handlers/time-sheets.js';
import { createTotpHandlers } from './transport/handlers/totp.js';
import { createTransferSheetHandlers } from './transport/handlers/transfer-sheets.js';
import { createWalletUpkeepHandlers } from './transport/handlers/wallet-upkeep.js';
import { createWalletHandlers } from './transport/handlers/wallets.js';
import { createWorkerWatchHandlers } from './transport/handlers/worker-watch.js';
import { createListener, type Listener } from './transport/listener.js';
import { createReadiness } from './transport/readiness.js';
import { instructions } from './transport/rest/instructions/table.js';
import { prerequisitesOf } from './transport/rest/prerequisites.js';
import { createRestListener, type RestListener } from './transport/rest/rest-listener.js';

/** What the server is made of. */
export type ServerDeps = {
  readonly config: Config;
  readonly domain: Domain;
  readonly time: Time;
  readonly instanceNumber: bigint;
  readonly logger: Logger;
  /** Rejects when the database does not answer. */
  readonly probe: () => Promise<unknown>;
  /** Whether time can be trusted. */
  readonly timeHealthy: () => boolean;
  /** How often both are asked. */
  readonly readinessIntervalMs: number;
};

/** A running server. */
export type Server = {
  readonly publicPort: number;
  readonly operatorPort: number;
  /** Null when the REST endpoint is off. */
  readonly restPort: number | null;
  /**
   * Stops in order: health says so, load balancers get their time, streams end, calls in flight finish within the limit. `force`
   * skips what is left of it: calls are cut off.
   */
  stop(force?: AbortSignal): Promise<void>;
};

/** Starts the listeners. What one of them has opened is closed again when another cannot be. */
export async function startServer(deps: ServerDeps): Promise<Server> {
  const { config, logger } = deps;
  const publicListener = createPublicListener(deps);
  const listeners = [publicListener, createOperatorListener(deps, publicListener)] as const;
  const rest = createRestEndpoint(deps, publicListener);
  const readiness = createReadiness({
    probe: deps.probe,
    timeHealthy: deps.timeHealthy,
    setServing: (serving) => {
      for (const listener of listeners) listener.setServing(serving);
    },
    logger,
    intervalMs: deps.readinessIntervalMs,
  });
  const { value: ports } = await startWithClosers(async (closers) => {
    const publicPort = await listeners[0].listen(config.publicAddress);
    closers.push('the public listener', () => listeners[0].shutdown(0));
    const operatorPort = await listeners[1].listen(config.operatorAddress);
    closers.push('the operator listener', () => listeners[1].shutdown(0));
    const { restAddress } = config;
    const restPort = restAddress === null ? null : await rest.listen(restAddress);
    return { publicPort, operatorPort, restPort };
  });
  await readiness.start();
  return {
    ...ports,
    async stop(force = new AbortController().signal) {
      readiness.stop();
      for (const listener of listeners) listener.setServing(false);
      await sleep(config.drainDelaySeconds * 1_000, force).catch(() => {});
      const limitMs = config.drainLimitSeconds * 1_000;
      const all = [...listeners, ...(ports.restPort === null ? [] : [rest])];
      await Promise.all(all.map((listener) => listener.shutdown(limitMs, force)));
    },
  };
}

/** What of the configuration the domain goes by. */
export function domainSettings(config: Config): DomainSettings {
  return {
    clientTokenMs: config.clientTokenMinutes * 60_000,
    sessionTokenMs: config.sessionTokenMinutes * 60_000,
    anonymousSessionMs: config.anonymousSessionSeconds * 1_000,
    anonymousPercent: config.anonymousPercent,
    workerLimit: config.workerLimit,
    sessionLimit: config.sessionLimit,
    tokenRequestsPerMinute: config.tokenRequestsPerMinute,
    leaseMs: config.leaseSeconds * 1_000,
    cleanerIntervalsMs: {
      sessions: config.sessionCleanerMinutes * 60_000,
      client_tokens: config.clientTokenCleanerMinutes * 60_000,
      session_tokens: config.sessionTokenCleanerMinutes * 60_000,
      workers: config.workerCleanerMinutes * 60_000,
      accounts: config.accountCleanerMinutes * 60_000,
      masters: config.accountCleanerMinutes * 60_000,
    },
    cleanerBatchSize: config.cleanerBatchSize,
    watch: {
      pollIntervalMs: config.watchPollMs,
      lifeMs: config.watchLifeMinutes * 60_000,
      maxPerCaller: config.watchesPerCaller,
      maxClocksPerUser: config.clockWatchesPerAccount,
      maxPerServer: config.watches,
    },
    removalDelayMs: config.removalDays * 24 * 3_600_000,
    loginRecordMs: config.loginRecordDays * 24 * 3_600_000,
    forcedRemoval: config.forcedRemoval,
    defaultSubordinateLimit: config.defaultSubordinateLimit,
    walletsPerAccount: config.walletsPerAccount,
    clocksPerAccount: config.clocksPerAccount,
    sheetsPerKind: config.sheetsPerKind,
    newMasterCreditLimit: config.newMasterCreditLimit,
    newMasterSelfSupply: config.newMasterSelfSupply,
    defaultAcquireKey: config.defaultAcquireKey,
    chosenAcquireKeys: config.chosenAcquireKeys,
    legacyPasswordEdit: config.legacyPasswordEdit,
    passwordMemoryKib: config.passwordMemoryKib,
    passwordIterations: config.passwordIterations,
    passwordHistory: config.passwordHistory,
    throttleSpanMs: config.throttleMinutes * 60_000,
    loginLimits: {
      perPair: config.loginFailuresPerPair,
      perAccount: config.loginFailuresPerAccount,
      perSource: config.loginFailuresPerSource,
    },
    keyFailuresPerSource: config.keyFailuresPerSource,
    auditKey: config.auditKey,
    secretsKeys: config.secretsKeys,
    clockPollMs: config.clockPollMs,
    clockMsPerCredit: config.clockMsPerCredit,
    contactLists: config.contactLists,
    contactRecords: config.contactRecords,
    issueReportsPerSource: config.issueReportsPerSource,
    openIssueReportsPerSource: config.openIssueReportsPerSource,
    openIssueReports: config.openIssueReports,
    ledgerBatchSize: config.ledgerBatchSize,
    ledgerQueueSize: config.ledgerQueueSize,
  };
}

/** Clients and masters' backends. */
function createPublicListener({ config, domain, time, instanceNumber, logger }: ServerDeps) {
  const listener = createListener({
    name: 'public',
    descriptors: loadDescriptors('public'),
    admit: createAdmission({
      authenticate: domain.authentication.authenticate,
      keys: domain.keyThrottle,
      operatorKey: null,
      registrationKey: config.openRegistration ? null : config.registrationKey,
      trustedProxies: config.trustedProxies,
    }),
    deadlines: { defaultMs: 10_000, maxMs: 60_000 },
    streamLifeMs: maxWatchLifeMs(config),
    reflection: config.reflection,
    logger,
  });
  listener.add(SessionServiceDefinition, {
    ...createServerInfoHandlers({ time, instanceNumber }),
    ...createSessionHandlers(domain),
  });
  listener.add(MasterServiceDefinition, {
    ...createMasterHandlers(domain),
    ...createMasterUpkeepHandlers(domain),
    ...createSubordinateHandlers(domain),
  });
  listener.add(AccountServiceDefinition, {
    ...createAccountHandlers(domain),
    ...createAccountUpkeepHandlers(domain),
    ...createTotpHandlers(domain),
  });
  listener.add(WalletServiceDefinition, {
    ...createWalletHandlers(domain),
    ...createWalletUpkeepHandlers(domain),
  });
  listener.add(ClockServiceDefinition, {
    ...createClockHandlers(domain, time),
    ...createClockUpkeepHandlers(domain, time),
    ...createClockWatchHandlers(domain),
  });
  listener.add(ContactServiceDefinition, createContactHandlers(domain));
  listener.add(IssueServiceDefinition, createIssueHandlers(domain));
  listener.add(TransferSheetServiceDefinition, createTransferSheetHandlers(domain));
  listener.add(InvoiceSheetServiceDefinition, createInvoiceSheetHandlers(domain));
  listener.add(ConversionSheetServiceDefinition, createConversionSheetHandlers(domain));
  listener.add(TimeSheetServiceDefinition, createTimeSheetHandlers(domain));
  return listener;
}

/** The predecessor's clients. What they may is what the public listener lets them. */
function createRestEndpoint(
  { config, domain, time, logger }: ServerDeps,
  publicListener: Listener,
): RestListener {
  return createRestListener({
    instructions,
    prerequisitesOf: (method) => prerequisitesOf(publicListener.ruleOf(`ewallet.v1.${method}`)),
    local: publicListener.local,
    domain,
    isServing: publicListener.isServing,
    deadlineMs: 10_000,
    hosts: config.restHosts,
    trustedProxies: config.trustedProxies,
    requestsPerMinute: config.restRequestsPerMinute,
    time,
    logger,
  });
}

/** The operator. A verification of a large ledger takes its time. */
function createOperatorListener(
  { config, domain, instanceNumber, logger }: ServerDeps,
  publicListener: Listener,
) {
  const listener = createListener({
    name: 'operator',
    descriptors: loadDescriptors('operator'),
    admit: createAdmission({
      authenticate: domain.authentication.authenticate,
      keys: domain.keyThrottle,
      operatorKey: config.operatorKey,
      registrationKey: null,
      trustedProxies: config.trustedProxies,
    }),
    deadlines: { defaultMs: 600_000, maxMs: 3_600_000 },
    recordCall: domain.recordOperatorCall,
    streamLifeMs: maxWatchLifeMs(config),
    reflection: config.reflection,
    logger,
  });
  listener.add(SystemServiceDefinition, {
    ...createSystemSessionHandlers(domain),
    ...createCleanerHandlers(domain),
    ...createMasterAdministrationHandlers(domain),
    ...createSystemHandlers(domain),
    ...createWorkerWatchHandlers(domain),
    ...createAuditHandlers(domain),
    ...createIssueAdministrationHandlers(domain),
    ...createDrainHandlers({ listener: publicListener, instanceNumber }),
  });
  return listener;
}

/** The lives of watches differ by a tenth. */
function maxWatchLifeMs({ watchLifeMinutes }: Config): number {
  return watchLifeMinutes * 66_000;
}
