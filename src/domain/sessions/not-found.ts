import { DomainError } from '../../model/errors.js';
import { formatId } from '../../model/public-id.js';
import type { Reason } from '../../model/reasons.js';

const reasons = {
  session: ['SESSION_NOT_FOUND', 'session'],
  worker: ['WORKER_NOT_FOUND', 'worker'],
  clientToken: ['CLIENT_TOKEN_NOT_FOUND', 'client_token'],
  sessionToken: ['SESSION_TOKEN_NOT_FOUND', 'session_token'],
} as const satisfies Record<string, readonly [Reason, string]>;

/** There is no such session, worker or token. */
export function notFound(kind: keyof typeof reasons, id: bigint): DomainError {
  const [reason, type] = reasons[kind];
  const name = formatId(kind, id);
  return new DomainError(reason, `There is no such ${type.replace('_', ' ')}.`, {
    metadata: { [`${type}_id`]: name },
    resource: { type, name },
  });
}
