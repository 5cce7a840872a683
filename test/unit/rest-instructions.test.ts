import { expect, test } from 'vitest';
import { instructions } from '../../src/transport/rest/instructions/table.js';
import { describeShape } from '../../src/transport/rest/reply-shape.js';
import { documented } from '../support/rest-client.js';

const served = documented.filter(({ controller }) => controller !== 'system');
const types: Record<string, string> = { credits: 'int', cost: 'float', minutes: 'float' };

/** A documented shape without what only examples could show: what was null then, and maps that were empty. */
function plain(shape: unknown): unknown {
  if (typeof shape === 'string') return shape;
  if (Array.isArray(shape)) return shape.map(plain);
  const entries = Object.entries(shape as object);
  if (entries.length === 0) return { '<id>': 'string' };
  return Object.fromEntries(
    entries.map(([key, value]) => [key === '<email>' ? '<id>' : key, plain(value)]),
  );
}

/** Takes the documented type where the documents saw null. */
function fill(shape: unknown, from: unknown): unknown {
  if (shape === 'null') return from;
  if (typeof shape !== 'object' || shape === null || Array.isArray(shape)) return shape;
  return Object.fromEntries(
    Object.entries(shape).map(([key, value]) => [
      key,
      fill(value, (from as Record<string, unknown>)?.[key]),
    ]),
  );
}

test('the table has every instruction of clients and masters, and no other', () => {
  expect(instructions.map(({ name }) => name).sort()).toEqual(
    served.map(({ name }) => name).sort(),
  );
  expect(instructions).toHaveLength(86);
});

test.each(instructions.map((instruction) => [instruction.name, instruction] as const))(
  '%s has the documented keys, arguments and reply',
  (name, instruction) => {
    const document = served.find((each) => each.name === name);
    expect(instruction.path).toEqual(document?.path);
    const args = Object.entries(instruction.args).map(([arg, { type, required }]) => ({
      name: arg,
      type: types[type] ?? type,
      required,
    }));
    const expected = document?.args.map(({ name: arg, type, required }) => ({
      name: arg,
      type,
      required,
    }));
    expect(args.sort(byName)).toEqual(expected?.sort(byName));
    const reply = describeShape(instruction.reply);
    expect(reply).toEqual(fill(plain(document?.response_shape), reply));
    expect(Object.keys(reply as object).sort()).toEqual(
      [...(document?.response_keys ?? [])].sort(),
    );
  },
);

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
