import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseDatabaseUrl } from '../../src/storage/database-url.js';

test('reads absolute and relative SQLite files', () => {
  expect(parseDatabaseUrl('sqlite:///var/lib/e%20wallet.sqlite')).toEqual({
    engine: 'sqlite',
    file: '/var/lib/e wallet.sqlite',
  });
  expect(parseDatabaseUrl('sqlite://./data/ewallet.sqlite')).toEqual({
    engine: 'sqlite',
    file: resolve('data/ewallet.sqlite'),
  });
});

test('reads MySQL servers, with an encoded password, an IPv6 host and the default port', () => {
  expect(parseDatabaseUrl('mysql://pay:p%40ss@[::1]/wallets')).toEqual({
    engine: 'mysql',
    host: '::1',
    port: 3306,
    user: 'pay',
    password: 'p@ss',
    database: 'wallets',
  });
  expect(parseDatabaseUrl('mysql://root@db:4000/w')).toMatchObject({ password: '', port: 4000 });
});

test.each([
  'postgres://u:secret@h/d',
  'sqlite://',
  'sqlite:///',
  'sqlite://file.sqlite',
  'sqlite:///a?mode=memory',
  'mysql://u:secret@h',
  'mysql://u:secret@h/',
  'mysql://:secret@h/d',
  'mysql://u:secret@h/d?ssl=true',
  'mysql://u:secret@h/%E0%A4%A',
  'mysql://u:secret@h:port/d',
  'mysql://u:sec%ret@h/d',
])('refuses %s without repeating it', (url) => {
  expect(() => parseDatabaseUrl(url)).toThrow(/^(?!.*secret).*(Use sqlite|%25)/);
});
