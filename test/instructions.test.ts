import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { listMethods } from './support/api-methods.js';

/** What the predecessor could do. */
type Instruction = { readonly name: string; readonly controller: 'client' | 'master' | 'system' };

const instructions: Instruction[] = JSON.parse(
  readFileSync('test/support/instructions.json', 'utf8'),
);
const text = readFileSync('docs/instructions.md', 'utf8');

/** Rows of the tables under a heading: the first column, and the RPC between backticks of the second or, where there is none, the first. */
function rowsUnder(heading: string): { name: string; rpc: string }[] {
  const [, section = ''] = text.split(`## ${heading}\n`);
  const table = section.split('\n## ')[0] ?? '';
  return [...table.matchAll(/^\| (?:(\w+) \| )?`(\w+\/\w+)` \| .*\|$/gm)].map(
    ([, name = '', rpc = '']) => ({ name, rpc }),
  );
}

const methods = {
  public: new Set(listMethods('public').map(({ name }) => name)),
  operator: new Set(listMethods('operator').map(({ name }) => name)),
};

const sections = [
  ['Client instructions', 'client', methods.public],
  ['Master instructions', 'master', methods.public],
  ['System instructions', 'system', methods.operator],
] as const;

describe.each(sections)('%s', (heading, controller, served) => {
  const own = instructions.filter((instruction) => instruction.controller === controller);

  test('are all there, in their order, and counted', () => {
    expect(rowsUnder(heading).map(({ name }) => name)).toEqual(own.map(({ name }) => name));
    expect(text).toContain(`## ${heading}\n\n${own.length} instructions.`);
  });

  test('have an RPC each that is served where such callers are', () => {
    expect(rowsUnder(heading).filter(({ rpc }) => !served.has(rpc))).toEqual([]);
  });
});

test('112 of 112 instructions have an RPC', () => {
  const rows = sections.flatMap(([heading]) => rowsUnder(heading));
  const done = rows.filter(({ rpc }) => methods.public.has(rpc) || methods.operator.has(rpc));
  expect([done.length, new Set(done.map(({ name }) => name)).size]).toEqual([112, 112]);
  expect(text).toContain('112 instructions');
});

test('every RPC is in the document: what an instruction did, or what none did', () => {
  const rows = sections.flatMap(([heading]) => rowsUnder(heading));
  const added = rowsUnder('What no instruction did').map(({ rpc }) => rpc);
  const named = new Set(rows.map(({ rpc }) => rpc));
  expect(added.filter((rpc) => named.has(rpc))).toEqual([]);
  expect([...new Set([...named, ...added])].sort()).toEqual(
    [...methods.public, ...methods.operator].sort(),
  );
});
