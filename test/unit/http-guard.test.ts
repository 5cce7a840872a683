import { describe, expect, test } from 'vitest';
import { hostNames, networks, optionalAddress } from '../../src/lib/network-texts.js';
import { createRateLimit } from '../../src/lib/rate-limit.js';
import { hostName } from '../../src/transport/rest/http-guard.js';
import { sourceOfCall, sourceOfRequest } from '../../src/transport/source.js';

describe('the source of a request', () => {
  const proxies = networks('10.0.0.0/8, 2001:db8::/32, 127.0.0.1');

  test.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['192.0.2.1', '203.0.113.1', '192.0.2.1'],
    ['10.1.2.3', '203.0.113.1', '203.0.113.1'],
    ['::ffff:10.1.2.3', '203.0.113.1', '203.0.113.1'],
    ['10.1.2.3', '1.1.1.1, 203.0.113.1', '203.0.113.1'],
    ['10.1.2.3', '203.0.113.1, 10.9.9.9', '203.0.113.1'],
    ['2001:db8::1', '2001:dead::7', '2001:dead::7'],
    ['10.1.2.3', '203.0.113.1:4711', '203.0.113.1'],
    ['10.1.2.3', '[2001:dead::7]:4711', '2001:dead::7'],
    ['10.1.2.3', 'unknown', '10.1.2.3'],
    ['10.1.2.3', '../../etc/passwd', '10.1.2.3'],
    ['10.1.2.3', '10.1.1.1, 10.1.1.2', '10.1.1.1'],
    ['10.1.2.3', '', '10.1.2.3'],
  ])('from %s with %j is %s', (peer, forwarded, source) => {
    expect(sourceOfRequest(peer, forwarded, proxies)).toBe(source);
  });

  test.each([
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::1:4711', '::1'],
    ['::ffff:192.0.2.1:4711', '192.0.2.1'],
    ['unknown', 'unknown'],
    ['10.1.2.3:4711', '203.0.113.1'],
  ])('a call from %s comes from %s', (peer, source) => {
    expect(sourceOfCall(peer, ['203.0.113.1'], proxies)).toBe(source);
  });

  test('several headers are one list', () => {
    expect(sourceOfRequest('10.1.2.3', ['1.1.1.1', '203.0.113.1'], proxies)).toBe('203.0.113.1');
  });
});

test('names in Host are compared without port, brackets and case', () => {
  expect(['A.Example:80', '[::1]:8080', 'localhost'].map(hostName)).toEqual([
    'a.example',
    '::1',
    'localhost',
  ]);
});

test.each(['10.0.0.0/33', 'proxy.example.com', '10.0.0.0/x', '::1/129'])(
  '%s is no network',
  (text) => {
    expect(() => networks(text)).toThrow('must be addresses and networks');
  },
);

test('settings of hosts and addresses are read strictly', () => {
  expect(hostNames(' A.example , b ')).toEqual(new Set(['a.example', 'b']));
  expect(() => hostNames('a:80')).toThrow('must be host names');
  expect(optionalAddress('off')).toBeNull();
  expect(optionalAddress('127.0.0.1:8080')).toBe('127.0.0.1:8080');
  expect(() => optionalAddress('on')).toThrow('must be host:port');
});

test('sources are counted by the minute, each for itself', () => {
  let now = 60_000;
  const limit = createRateLimit(2, () => now);
  expect([limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([0, 0, 0]);
  now = 90_000;
  expect(limit.take('a')).toBe(30_000);
  now = 120_000;
  expect(limit.take('a')).toBe(0);
});
