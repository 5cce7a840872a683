import { expect, test } from 'vitest';
import { clientTokenStatus, sessionTokenStatus } from '../../src/domain/sessions/token-status.js';

const NOW = 1000;
const times = { createTime: 0, updateTime: 0 };
const clientToken = { id: 1n, acquiredMasterId: null, sessionId: 2n, ...times, expireTime: 2000 };
const sessionToken = {
  ...times,
  id: 3n,
  clientTokenId: 1n,
  sessionId: 2n,
  expireTime: 2000,
  endTime: null,
};

test.each([
  ['everything in use', 2000, 2000, 2000, { valid: true, linked: true, plugged: true }],
  ['an expired session token', 2000, 2000, 999, { valid: true, linked: false, plugged: true }],
  ['an expired session', 2000, 999, 999, { valid: true, linked: false, plugged: false }],
  ['no session', 2000, null, null, { valid: true, linked: false, plugged: false }],
  ['a client token at its last instant', 1000, 2000, 2000, { valid: false, expired: true }],
] as const)('client token, %s', (_, client, session, token, expected) => {
  const found = {
    token: { ...clientToken, expireTime: client },
    sessionExpireTime: session,
    sessionTokenId: token === null ? null : 3n,
    sessionTokenExpireTime: token,
  };
  expect(clientTokenStatus(found, NOW)).toMatchObject({ registered: true, ...expected });
});

test.each([
  ['everything in use', {}, 2000, 2000, { valid: true, expired: false, linked: true }],
  ['expired', { expireTime: 1000 }, 2000, 2000, { valid: false, expired: true, plugged: true }],
  ['replaced', { endTime: 500 }, 2000, 2000, { valid: false, expired: true, plugged: true }],
  ['client token expired', {}, 999, 2000, { valid: false, expired: false, linked: false }],
  ['session gone', {}, 2000, null, { valid: false, expired: false, plugged: false }],
] as const)('session token, %s', (_, change, client, session, expected) => {
  const found = {
    token: { ...sessionToken, ...change },
    clientTokenExpireTime: client,
    sessionExpireTime: session,
  };
  expect(sessionTokenStatus(found, NOW)).toMatchObject({ registered: true, ...expected });
});

test('a token that nobody knows has no status but that', () => {
  expect(Object.values(clientTokenStatus(undefined, NOW)).some(Boolean)).toBe(false);
  expect(Object.values(sessionTokenStatus(undefined, NOW)).some(Boolean)).toBe(false);
});
