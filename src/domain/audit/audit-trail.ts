import type { AuditEvent } from '../../model/audit.js';
import {
  type AuditFilter,
  type AuditPosition,
  listAuditEvents,
} from '../../storage/audit-events.js';
import type { Database } from '../../storage/database.js';
import { read } from '../../storage/transaction.js';

/** Which page of the events, newest first. `before` is the position that the page before ended with; null for the first page. */
export type AuditPage = { readonly size: number; readonly before: AuditPosition | null };

/** The trail as the operator reads it. */
export type AuditTrail = {
  /** A page of the events that fit the filter; `next` is null at the end. */
  list(
    filter: AuditFilter,
    page: AuditPage,
  ): Promise<{ readonly events: readonly AuditEvent[]; readonly next: AuditPosition | null }>;
};

/** Creates the reading side of the trail. */
export function createAuditTrail({ db }: { readonly db: Database }): AuditTrail {
  return {
    async list(filter, { size, before }) {
      const rows = await read(db, (reader) =>
        listAuditEvents(reader, { ...filter, before, limit: size + 1 }),
      );
      const events = rows.slice(0, size);
      const last = rows.length > size ? events.at(-1) : undefined;
      return { events, next: last ? { createTime: last.createTime, id: last.id } : null };
    },
  };
}
