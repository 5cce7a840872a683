import { describe, expect, test } from 'vitest';
import {
  BadRequest,
  ErrorInfo,
  RequestInfo,
  RetryInfo,
} from '../../generated/google/rpc/error_details.js';
import { Status as RpcStatus } from '../../generated/google/rpc/status.js';
import { DomainError } from '../../src/model/errors.js';
import type { Reason } from '../../src/model/reasons.js';
import { StorageError, type StorageErrorKind } from '../../src/storage/errors.js';
import { encodeError, toDomainError } from '../../src/transport/status.js';

const live = new AbortController().signal;
const aborted = AbortSignal.abort();

function decode(error: DomainError) {
  const wire = encodeError(error, 'request-1');
  const trailers = new Map(wire.trailers);
  const status = RpcStatus.decode(trailers.get('grpc-status-details-bin') as Uint8Array);
  const bytes = new Map(status.details.map(({ typeUrl, value }) => [typeUrl, value]));
  const read = (name: string) => bytes.get(`type.googleapis.com/google.rpc.${name}`);
  return { wire, trailers, status, read, names: [...bytes.keys()].map((url) => url.slice(31)) };
}

describe('an error of the domain', () => {
  test('carries code, message, reason, domain and metadata', () => {
    const { wire, status, read } = decode(
      new DomainError('WALLET_NOT_FOUND', 'No such wallet.', { metadata: { wallet_id: 'wal_1' } }),
    );
    expect(wire).toMatchObject({ code: 5, message: 'No such wallet.' });
    expect(status).toMatchObject({ code: 5, message: 'No such wallet.' });
    expect(ErrorInfo.decode(read('ErrorInfo') as Uint8Array)).toEqual({
      reason: 'WALLET_NOT_FOUND',
      domain: 'ewallet',
      metadata: { wallet_id: 'wal_1' },
    });
  });

  test.each<[Reason, object, string[]]>([
    ['WALLET_NOT_FOUND', { resource: { type: 'wallet', name: 'wal_1' } }, ['ResourceInfo']],
    ['INSUFFICIENT_CREDITS', {}, ['PreconditionFailure']],
    ['SUBORDINATE_POOL_FULL', {}, ['QuotaFailure']],
    ['OVERLOADED', { retryAfterMs: 300 }, ['RetryInfo']],
    ['SELF_PAYMENT', { fields: [{ field: 'a', rule: 'B', description: 'c' }] }, ['BadRequest']],
    ['INTERNAL', {}, ['RequestInfo']],
    ['NOT_LOGGED_IN', {}, []],
  ])('%s is described by its own kinds of detail, each once', (reason, details, expected) => {
    expect(decode(new DomainError(reason, 'x', details)).names).toEqual(['ErrorInfo', ...expected]);
  });

  test('names at most 20 fields and says that there were more', () => {
    const fields = Array.from({ length: 30 }, (_, i) => ({
      field: `f[${i}]`,
      rule: 'R',
      description: 'd'.repeat(10_000),
    }));
    const { read, trailers } = decode(new DomainError('VALIDATION_FAILED', 'x', { fields }));
    const bad = BadRequest.decode(read('BadRequest') as Uint8Array);
    expect(bad.fieldViolations).toHaveLength(20);
    const info = ErrorInfo.decode(read('ErrorInfo') as Uint8Array);
    expect(info.metadata.truncated).toBe('true');
    const size = (trailers.get('grpc-status-details-bin') as Uint8Array).length;
    expect(size).toBeLessThan(8_000);
  });

  test('tells the delay before a retry twice, with the same number', () => {
    const { trailers, read } = decode(new DomainError('OVERLOADED', 'x', { retryAfterMs: 1_500 }));
    expect(trailers.get('grpc-retry-pushback-ms')).toBe('1500');
    expect(RetryInfo.decode(read('RetryInfo') as Uint8Array).retryDelay).toEqual({
      seconds: 1n,
      nanos: 500_000_000,
    });
  });

  test('given again for the same request id is marked', () => {
    const again = new DomainError('INSUFFICIENT_CREDITS', 'x', { replayed: true });
    expect(decode(again).trailers.get('ewallet-replayed')).toBe('true');
    const first = new DomainError('INSUFFICIENT_CREDITS', 'x');
    expect(decode(first).trailers.has('ewallet-replayed')).toBe(false);
  });

  test('is not changed by the gate', () => {
    const error = new DomainError('LOGIN_FAILED', 'x');
    expect(toDomainError(error, live)).toBe(error);
  });
});

test.each<[StorageErrorKind, Reason]>([
  ['connection', 'STORAGE_UNAVAILABLE'],
  ['busy', 'STORAGE_UNAVAILABLE'],
  ['timeout', 'STORAGE_UNAVAILABLE'],
  ['commit-unknown', 'STORAGE_UNAVAILABLE'],
  ['read-only', 'STORAGE_UNAVAILABLE'],
  ['deadlock', 'TRANSACTION_CONTENTION'],
  ['lock-wait', 'TRANSACTION_CONTENTION'],
  ['duplicate', 'INTERNAL'],
  ['constraint', 'INTERNAL'],
  ['corrupt', 'INTERNAL'],
])('a storage failure of kind %s becomes %s', (kind, reason) => {
  const cause = new StorageError(kind, 'a text about the database');
  const error = toDomainError(cause, live);
  expect(error.reason).toBe(reason);
  expect(error.details.cause).toBe(cause);
  expect(error.message).not.toContain('a text about');
});

test('whatever else is thrown becomes INTERNAL with an incident id and nothing of its text', () => {
  for (const thrown of [new TypeError('secret in /etc/path'), 'secret', null, { secret: 1 }]) {
    const error = toDomainError(thrown, live);
    expect(error.reason).toBe('INTERNAL');
    expect(error.details.cause).toBe(thrown);
    const { wire, trailers, read } = decode(error);
    const info = ErrorInfo.decode(read('ErrorInfo') as Uint8Array);
    expect(info.metadata.incident_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(wire.message).toContain(info.metadata.incident_id);
    expect(RequestInfo.decode(read('RequestInfo') as Uint8Array).requestId).toBe('request-1');
    expect(wire.message + String(trailers.get('grpc-status-details-bin'))).not.toContain('secret');
  }
});

test('an abort is CANCELLED only when the call was aborted', () => {
  const abort = new DOMException('aborted', 'AbortError');
  expect(toDomainError(abort, aborted).reason).toBe('CANCELLED');
  expect(toDomainError(abort, live).reason).toBe('INTERNAL');
  expect(toDomainError(new Error('x'), aborted).reason).toBe('INTERNAL');
});
