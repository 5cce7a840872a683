import { expect, test } from 'vitest';
import {
  decodeWorkerPosition,
  encodeWorkerPosition,
} from '../../src/domain/sessions/worker-position.js';
import type { WorkerState } from '../../src/model/worker.js';

const all = new Set<WorkerState>(['VACANT', 'AVAILABLE', 'OCCUPIED']);
const some = new Set<WorkerState>(['OCCUPIED', 'VACANT']);
const position = { epoch: '0123456789abcdef'.repeat(2), position: 2n ** 63n - 1n };

test('a position is read back, for the same states in any order only', () => {
  const text = encodeWorkerPosition(position, some);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(128);
  expect(decodeWorkerPosition(text, new Set(['VACANT', 'OCCUPIED']))).toEqual(position);
  expect(decodeWorkerPosition(text, all)).toBeNull();
});

test('a text that was altered anywhere, cut or made up is none', () => {
  const text = encodeWorkerPosition(position, all);
  for (let at = 0; at < text.length; at += 1) {
    const altered = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    // The last character may hold bits that say nothing.
    if (Buffer.from(altered, 'base64url').equals(Buffer.from(text, 'base64url'))) continue;
    expect(decodeWorkerPosition(altered, all), altered).toBeNull();
    expect(decodeWorkerPosition(text.slice(0, at), all)).toBeNull();
  }
  expect(decodeWorkerPosition('', all)).toBeNull();
  expect(decodeWorkerPosition('\u0000😀', all)).toBeNull();
});
