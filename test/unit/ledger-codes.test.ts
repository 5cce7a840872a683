import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ledgerCodes } from '../../src/model/ledger-codes.js';

test('docs/verification.md lists the codes of the program, with the same words', () => {
  const text = readFileSync('docs/verification.md', 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)].map((row) => [row[1], row[2]]);
  expect(rows).toEqual(Object.entries(ledgerCodes));
  expect(text).toContain(`${rows.length} codes`);
});
