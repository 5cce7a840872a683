import type {
  ListAuditEventsRequest,
  ListAuditEventsResponse,
} from '../../../generated/ewallet/system/v1/system_service.js';
import type { Domain } from '../../domain/domain.js';
import { fromTimestamp } from '../convert.js';
import { readOptionalId } from '../ids.js';
import { fromAuditKind, toAuditEvent } from '../messages/audit.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

/** Creates the handlers of SystemService that concern the audit trail. */
export function createAuditHandlers({ auditTrail }: Pick<Domain, 'auditTrail'>) {
  return {
    async listAuditEvents(request: ListAuditEventsRequest): Promise<ListAuditEventsResponse> {
      const filter = {
        masterId: readOptionalId('master', request.masterId),
        userId: readOptionalId('account', request.accountId),
        kind: fromAuditKind(request.kind),
        startTime: request.startTime ? fromTimestamp(request.startTime) : null,
        endTime: request.endTime ? fromTimestamp(request.endTime) : null,
      };
      const list = `ListAuditEvents ${Object.values(filter).join(' ')}`;
      const [createTime, id] = decodePageToken(list, request.pageToken, 2) ?? [];
      const begins = createTime !== undefined && id !== undefined;
      const { events, next } = await auditTrail.list(filter, {
        size: pageSizeOf(request.pageSize),
        before: begins ? { createTime: Number(createTime), id } : null,
      });
      return {
        auditEvents: events.map(toAuditEvent),
        nextPageToken: encodePageToken(list, next && [BigInt(next.createTime), next.id]),
      };
    },
  };
}
