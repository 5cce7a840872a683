import { createIndexIfMissing, createTableIfMissing, type Migration } from './schema.js';

/**
 * Wallets, sheets, and the records on transfer and invoice sheets. A wallet's ledger account has the wallet's id. A record has
 * the id of the operation that wrote it, and on each side the version that its account took: the order on a sheet.
 */
export const wallets: Migration = {
  name: '0006_wallets',
  async up(knex) {
    await createTableIfMissing(knex, 'wallets', (columns) => {
      columns.id();
      columns.bigint('user_id');
      columns.bigint('master_id');
      columns.text('reference', 100);
      columns.bigint('active_transfer_sheet_id').nullable();
      columns.bigint('active_invoice_sheet_id').nullable();
      columns.time('create_time');
      columns.time('update_time');
    });
    await createIndexIfMissing(knex, 'wallets', ['user_id', 'create_time', 'id']);
    await createTableIfMissing(knex, 'sheets', (columns) => {
      columns.id();
      columns.text('kind', 12);
      // The wallet or clock that owns it.
      columns.bigint('owner_id');
      columns.bigint('user_id');
      columns.text('reference', 100);
      columns.time('create_time');
      columns.time('update_time');
    });
    await createIndexIfMissing(knex, 'sheets', ['owner_id', 'kind', 'create_time', 'id']);
    await createTableIfMissing(knex, 'transfer_records', (columns) => {
      columns.id('operation_id');
      columns.text('kind', 12);
      columns.bigint('credits');
      columns.bigint('payer_master_id').nullable();
      for (const side of ['payer', 'payee']) {
        columns.bigint(`${side}_user_id`).nullable();
        columns.bigint(`${side}_wallet_id`).nullable();
        columns.bigint(`${side}_sheet_id`).nullable();
        columns.bigint(`${side}_version`);
        columns.time(`${side}_unlink_time`).nullable();
      }
      columns.time('create_time');
    });
    await createIndexIfMissing(knex, 'transfer_records', ['payer_sheet_id', 'payer_version']);
    await createIndexIfMissing(knex, 'transfer_records', ['payee_sheet_id', 'payee_version']);
    await createTableIfMissing(knex, 'invoice_records', (columns) => {
      columns.id('operation_id');
      columns.bigint('credits');
      columns.bigint('seller_master_id').nullable();
      for (const side of ['seller', 'buyer']) {
        columns.bigint(`${side}_user_id`).nullable();
        columns.bigint(`${side}_wallet_id`).nullable();
        columns.bigint(`${side}_sheet_id`).nullable();
        columns.bigint(`${side}_version`);
        columns.time(`${side}_unlink_time`).nullable();
      }
      columns.text('currency', 3).nullable();
      columns.bigint('cost_units').nullable();
      columns.bigint('cost_nanos').nullable();
      columns.time('create_time');
    });
    await createIndexIfMissing(knex, 'invoice_records', ['seller_sheet_id', 'seller_version']);
    await createIndexIfMissing(knex, 'invoice_records', ['buyer_sheet_id', 'buyer_version']);
  },
};
