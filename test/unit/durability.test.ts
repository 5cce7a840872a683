import { expect, test } from 'vitest';
import { findMysqlProblems } from '../../src/storage/durability.js';

test('a server that flushes at every commit and has no binary log is durable', () => {
  const variables = new Map([
    ['innodb_flush_log_at_trx_commit', '1'],
    ['log_bin', 'OFF'],
    ['sync_binlog', '0'],
    ['binlog_format', 'MIXED'],
  ]);
  expect(findMysqlProblems(variables)).toEqual([]);
});

test('each setting that could lose commits is named with its value and the right one', () => {
  const variables = new Map([
    ['innodb_flush_log_at_trx_commit', '2'],
    ['log_bin', 'ON'],
    ['sync_binlog', '0'],
    ['binlog_format', 'MIXED'],
  ]);
  expect(findMysqlProblems(variables)).toEqual([
    'Set innodb_flush_log_at_trx_commit to 1 on the database server; it is 2.',
    'Set sync_binlog to 1 on the database server; it is 0.',
    'Set binlog_format to ROW on the database server; it is MIXED.',
  ]);
});
