import {
  addColumnIfMissing,
  createIndexIfMissing,
  createTableIfMissing,
  insertIfMissing,
  type Migration,
  makeNullable,
} from './schema.js';

/**
 * Workers: the session capacity of running servers, which hold leases on them. Sessions belong to a worker; a session
 * that the previous release opened has none until a server adopts it. System sessions have neither client token nor
 * session token.
 */
export const workers: Migration = {
  name: '0007_workers',
  async up(knex) {
    // A lease is renewed by whoever knows its epoch. An epoch is never used twice.
    await createTableIfMissing(knex, 'instances', (columns) => {
      columns.id('instance_number');
      columns.bigint('epoch');
      columns.time('lease_expire_time');
      columns.time('start_time');
    });
    await insertIfMissing(knex, 'sequences', 'name', { name: Buffer.from('epoch'), next_value: 1 });
    // A worker whose instance and epoch are not those of a row above is a dead one.
    await createTableIfMissing(knex, 'workers', (columns) => {
      columns.id();
      columns.bigint('instance_number');
      columns.bigint('epoch');
      columns.bigint('session_limit');
      columns.bigint('session_count');
      columns.bigint('anonymous_count');
      columns.time('create_time');
      columns.time('update_time');
      columns.time('state_time');
    });
    await createIndexIfMissing(knex, 'workers', ['instance_number', 'epoch']);
    await createIndexIfMissing(knex, 'workers', ['create_time', 'id']);
    await extendSessions(knex);
    for (const table of ['client_tokens', 'session_tokens']) {
      await createIndexIfMissing(knex, table, ['expire_time']);
    }
    await createIndexIfMissing(knex, 'session_tokens', ['client_token_id']);
  },
};

async function extendSessions(knex: Parameters<Migration['up']>[0]): Promise<void> {
  await makeNullable(knex, 'sessions', 'client_token_id');
  await makeNullable(knex, 'sessions', 'session_token_id');
  await addColumnIfMissing(knex, 'sessions', 'worker_id', (columns) => {
    columns.bigint('worker_id').nullable();
  });
  // 1 while no master is acquired.
  await addColumnIfMissing(knex, 'sessions', 'anonymous', (columns) => {
    columns.bigint('anonymous').defaultTo(0);
  });
  // What the operator wrote on a system session.
  await addColumnIfMissing(knex, 'sessions', 'reference', (columns) => {
    columns.text('reference', 200).nullable();
  });
  await createIndexIfMissing(knex, 'sessions', ['worker_id', 'expire_time']);
  await createIndexIfMissing(knex, 'sessions', ['expire_time']);
}
