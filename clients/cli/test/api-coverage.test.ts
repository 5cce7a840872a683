import { expect, test } from 'vitest';
import { findMethod, getRegistry, listMethods } from '../src/api/api.js';
import { listInputs, secretNames } from '../src/api/fields.js';
import { methodExceptions } from '../src/commands/method-exceptions.js';
import { optionInputs } from '../src/commands/request.js';
import { adviceFor, reasonsWithoutAdvice } from '../src/errors/advice.js';
import { exitCodeOf, statusNames } from '../src/errors/exit-codes.js';
import { declarations } from '../src/program.js';

test('every method of the API has a command, or a reason to have none of its own', () => {
  const commanded = declarations.map(({ method }) => method);
  expect(commanded).toEqual([...new Set(commanded)]);
  const covered = [...commanded, ...Object.keys(methodExceptions)].sort();
  expect(covered).toEqual([...listMethods().keys()].sort());
});

test('every reason of the API has advice', () => {
  const reasons = getRegistry().getEnum('ewallet.v1.ErrorReason')?.values ?? [];
  const names = reasons.map(({ name }) => name.replace('ERROR_REASON_', ''));
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => !adviceFor(name) && !reasonsWithoutAdvice.has(name))).toEqual([]);
});

test('no advice names a command or option that there is not', async () => {
  const { createProgram } = await import('../src/program.js');
  const program = createProgram(() => {
    throw new Error('Nothing is run here.');
  });
  const reasons = getRegistry().getEnum('ewallet.v1.ErrorReason')?.values ?? [];
  const advice = reasons.map(({ name }) => adviceFor(name.replace('ERROR_REASON_', '')));
  const commands = advice.flatMap((text) => [...text.matchAll(/ewallet ([a-z-]+)( [a-z-]+)?/g)]);
  expect(commands.length).toBeGreaterThan(40);
  for (const [all, first, second] of commands) {
    const group = program.commands.find((command) => command.name() === first);
    expect(group, all).toBeDefined();
    if (!group?.commands.length) continue;
    const names = group.commands.map((command) => command.name());
    expect(names, all).toContain(second?.trim());
  }
});

test('every status of gRPC has an exit code of its kind', () => {
  const codes = Object.fromEntries(statusNames.map((name) => [name, exitCodeOf(name)]));
  expect(codes).toMatchObject({ UNAUTHENTICATED: 3, PERMISSION_DENIED: 3, NOT_FOUND: 4 });
  expect(codes).toMatchObject({ FAILED_PRECONDITION: 5, UNAVAILABLE: 6, RESOURCE_EXHAUSTED: 8 });
});

test('no secret of the API is an argument or an option with a value', () => {
  const secrets = /password|acquire_key|one_time_code|^client_id$|session_token$/;
  for (const [name, { input }] of listMethods()) {
    for (const { field } of listInputs(input).filter((found) => secrets.test(found.field.name))) {
      expect([...secretNames], `${name}.${field.name}`).toContain(field.name);
    }
  }
  for (const declaration of declarations) {
    const { input } = findMethod(declaration.method);
    const options = optionInputs(declaration, input).map(({ field }) => field.name);
    expect(options.filter((option) => secrets.test(option))).toEqual([]);
    expect(declaration.args.filter((argument) => secrets.test(argument.slice(1, -1)))).toEqual([]);
  }
});
