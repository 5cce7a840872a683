import type {
  CleanupReport as CleanupReportMessage,
  SystemServiceImplementation,
} from '../../../generated/ewallet/system/v1/system_service.js';
import type { Domain } from '../../domain/domain.js';
import type { CleanerName } from '../../model/cleaner.js';
import type { HandlerContext } from '../call-middleware.js';
import { readOptionalId } from '../ids.js';
import { fromCleanerName, toCleaner, toCleanupReport } from '../messages/cleanup.js';

/** Creates the handlers of SystemService for cleaners. */
export function createCleanerHandlers({
  cleaners,
}: Pick<Domain, 'cleaners'>): Pick<
  SystemServiceImplementation<HandlerContext>,
  | 'cleanupMasters'
  | 'cleanupAccounts'
  | 'cleanupWorkers'
  | 'cleanupSessions'
  | 'cleanupClientTokens'
  | 'cleanupSessionTokens'
  | 'startCleaner'
  | 'stopCleaner'
  | 'listCleaners'
> {
  /** One thing when there is an id, else a sweep. */
  async function cleanUp(
    name: CleanerName,
    id: bigint | null,
    { signal }: HandlerContext,
    force = false,
  ): Promise<{ report: CleanupReportMessage }> {
    const report = await (id === null
      ? cleaners.sweep(name, signal)
      : cleaners.remove(name, id, force));
    return { report: toCleanupReport(report) };
  }

  return {
    cleanupMasters: ({ masterId, force }, context) =>
      cleanUp('masters', readOptionalId('master', masterId), context, force),
    cleanupAccounts: ({ accountId, force }, context) =>
      cleanUp('accounts', readOptionalId('account', accountId), context, force),
    cleanupWorkers: ({ workerId }, context) =>
      cleanUp('workers', readOptionalId('worker', workerId), context),
    cleanupSessions: ({ sessionId }, context) =>
      cleanUp('sessions', readOptionalId('session', sessionId), context),
    cleanupClientTokens: ({ clientTokenId }, context) =>
      cleanUp('client_tokens', readOptionalId('clientToken', clientTokenId), context),
    cleanupSessionTokens: ({ sessionTokenId }, context) =>
      cleanUp('session_tokens', readOptionalId('sessionToken', sessionTokenId), context),
    startCleaner: async ({ name }) => ({
      cleaners: (await cleaners.setStarted(fromCleanerName(name), true)).map(toCleaner),
    }),
    stopCleaner: async ({ name }) => ({
      cleaners: (await cleaners.setStarted(fromCleanerName(name), false)).map(toCleaner),
    }),
    listCleaners: async () => ({ cleaners: (await cleaners.list()).map(toCleaner) }),
  };
}
