import { createIndexIfMissing, type Migration } from './schema.js';

/** Finds the records of logins and logouts that have been kept long enough. */
export const loginRecordAge: Migration = {
  name: '0019_login_record_age',
  async up(knex) {
    await createIndexIfMissing(knex, 'login_records', ['create_time']);
  },
};
