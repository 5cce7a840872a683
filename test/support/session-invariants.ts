import { expect } from 'vitest';
import type { Database } from '../../src/storage/database.js';

/** What must hold of workers, sessions and tokens after every transaction. @throws when it does not hold */
export async function expectSessionsSound({ knex }: Pick<Database, 'knex'>): Promise<void> {
  const [workers, sessions, clients, tokens, users] = await knex.transaction(async (tx) => [
    await tx('workers').select('*'),
    await tx('sessions').select('*'),
    await tx('client_tokens').select('*'),
    await tx('session_tokens').select('*'),
    await tx('session_users').select('*'),
  ]);
  const problems: string[] = [];
  for (const worker of workers) {
    const own = sessions.filter((session) => session.worker_id === worker.id);
    const anonymous = own.filter((session) => session.anonymous === 1n);
    const counts = `${worker.session_count} of them ${worker.anonymous_count}`;
    const actual = `${own.length} of them ${anonymous.length}`;
    if (counts !== actual) problems.push(`worker ${worker.id} counts ${counts}, has ${actual}`);
    if (own.length > Number(worker.session_limit)) problems.push(`worker ${worker.id} overflows`);
  }
  const workerIds = new Set(workers.map(({ id }) => id));
  const sessionById = new Map(sessions.map((session) => [session.id, session]));
  for (const session of sessions) {
    if (!workerIds.has(session.worker_id)) problems.push(`session ${session.id} has no worker`);
    if (session.client_token_id === null) continue;
    const client = clients.find(({ id }) => id === session.client_token_id);
    if (client?.session_id !== session.id) problems.push(`session ${session.id} is an orphan`);
    const live = tokens.filter(
      (token) => token.session_id === session.id && token.end_time === null,
    );
    if (live.length !== 1 || live[0].id !== session.session_token_id) {
      problems.push(`session ${session.id} has ${live.length} live tokens`);
    }
    const anonymous = client?.acquired_master_id === null;
    if ((session.anonymous === 1n) !== anonymous) problems.push(`session ${session.id} standing`);
  }
  for (const client of clients) {
    if (client.session_id !== null && !sessionById.has(client.session_id)) {
      problems.push(`client token ${client.id} has a session that is gone`);
    }
  }
  for (const token of tokens) {
    if (token.end_time === null && !sessionById.has(token.session_id)) {
      problems.push(`session token ${token.id} lives without a session`);
    }
  }
  for (const { session_id } of users) {
    if (!sessionById.has(session_id)) problems.push(`a login on session ${session_id} is left`);
  }
  expect(problems).toEqual([]);
}
