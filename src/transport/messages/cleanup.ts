import {
  type Cleaner as CleanerMessage,
  CleanerName as CleanerNameMessage,
  type CleanupReport as CleanupReportMessage,
} from '../../../generated/ewallet/system/v1/system_service.js';
import {
  type Cleaner,
  type CleanerName,
  type CleanupReport,
  cleanerNames,
} from '../../model/cleaner.js';
import { formatId } from '../../model/public-id.js';
import { toDuration, toOptionalTimestamp } from '../convert.js';

const names: Record<CleanerName, CleanerNameMessage> = {
  sessions: CleanerNameMessage.CLEANER_NAME_SESSIONS,
  client_tokens: CleanerNameMessage.CLEANER_NAME_CLIENT_TOKENS,
  session_tokens: CleanerNameMessage.CLEANER_NAME_SESSION_TOKENS,
  workers: CleanerNameMessage.CLEANER_NAME_WORKERS,
  accounts: CleanerNameMessage.CLEANER_NAME_ACCOUNTS,
  masters: CleanerNameMessage.CLEANER_NAME_MASTERS,
};

/** The cleaner that a request names; null for all of them. */
export function fromCleanerName(name: CleanerNameMessage): CleanerName | null {
  return cleanerNames.find((candidate) => names[candidate] === name) ?? null;
}

/** A cleaner. */
export function toCleaner(cleaner: Cleaner): CleanerMessage {
  return {
    name: names[cleaner.name],
    started: cleaner.started,
    interval: toDuration(cleaner.intervalMs),
    sweeping: cleaner.sweeping,
    sweepTime: toOptionalTimestamp(cleaner.sweepTime),
    endTime: toOptionalTimestamp(cleaner.endTime),
    removedCount: BigInt(cleaner.removedCount),
  };
}

/** What a clean-up removed. */
export function toCleanupReport(report: CleanupReport): CleanupReportMessage {
  const { workers, sessions, clientTokens, sessionTokens, accounts, masters } = report;
  return {
    workerCount: BigInt(workers.count),
    workerIds: workers.ids.map((id) => formatId('worker', id)),
    sessionCount: BigInt(sessions.count),
    sessionIds: sessions.ids.map((id) => formatId('session', id)),
    clientTokenCount: BigInt(clientTokens.count),
    clientTokenIds: clientTokens.ids.map((id) => formatId('clientToken', id)),
    sessionTokenCount: BigInt(sessionTokens.count),
    sessionTokenIds: sessionTokens.ids.map((id) => formatId('sessionToken', id)),
    accountCount: BigInt(accounts.count),
    accountIds: accounts.ids.map((id) => formatId('account', id)),
    masterCount: BigInt(masters.count),
    masterIds: masters.ids.map((id) => formatId('master', id)),
  };
}
