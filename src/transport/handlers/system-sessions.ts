import type {
  ListWorkersRequest,
  SystemServiceImplementation,
} from '../../../generated/ewallet/system/v1/system_service.js';
import type { Domain } from '../../domain/domain.js';
import type { WorkerPage } from '../../domain/sessions/system-sessions.js';
import type { HandlerContext } from '../call-middleware.js';
import { fromDuration } from '../convert.js';
import { readId } from '../ids.js';
import { toSession } from '../messages/system-session.js';
import { toWorker } from '../messages/workers.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

const DEFAULT_LIFE_MS = 24 * 60 * 60_000;
const LIST = 'ListWorkers';

/** Creates the handlers of SystemService for workers and sessions. */
export function createSystemSessionHandlers({
  systemSessions,
}: Pick<Domain, 'systemSessions'>): Pick<
  SystemServiceImplementation<HandlerContext>,
  'createWorker' | 'createSession' | 'getSession' | 'listWorkers'
> {
  return {
    createWorker: async () => ({ worker: toWorker(await systemSessions.createWorker()) }),
    async createSession({ reference, lifeDuration }) {
      const lifeMs = lifeDuration ? Number(fromDuration(lifeDuration)) : DEFAULT_LIFE_MS;
      const opened = await systemSessions.createSession({ reference, lifeMs });
      return { session: toSession(opened), worker: toWorker(opened.worker) };
    },
    getSession: async ({ sessionId }) => ({
      session: toSession(await systemSessions.getSession(readId('session', sessionId))),
    }),
    async listWorkers(request) {
      const { workers, next } = await systemSessions.listWorkers(readPage(request));
      return { workers: workers.map(toWorker), nextPageToken: encodePageToken(LIST, next) };
    },
  };
}

function readPage({ pageSize, pageToken }: ListWorkersRequest): WorkerPage {
  const [createTime, id] = decodePageToken(LIST, pageToken, 2) ?? [];
  const begins = createTime !== undefined && id !== undefined;
  return { size: pageSizeOf(pageSize), after: begins ? [createTime, id] : null };
}
