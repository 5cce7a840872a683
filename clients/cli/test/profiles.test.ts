import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPerson } from './support/run-cli.js';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('profiles are kept where only their user can read them', async () => {
  const person = createPerson();
  await person.must(['use', 'shop', '--address', '127.0.0.1:1']);
  await person.must(['profile', 'set-key', 'operator', '--key-stdin'], { input: 'a-key\n' });
  expect(modeOf(person.folder)).toBe('700');
  for (const file of readdirSync(person.folder))
    expect(modeOf(join(person.folder, file))).toBe('600');
  expect(readdirSync(person.folder).sort()).toEqual(['config.json', 'profile-shop.json']);
});

test('a profile that others can read is refused, with what to do about it', async () => {
  const person = createPerson();
  await person.must(['use', 'shop', '--address', '127.0.0.1:1']);
  const path = join(person.folder, 'profile-shop.json');
  chmodSync(path, 0o640);
  const file = await person.run(['profile', 'show']);
  expect(file.code).toBe(2);
  expect(file.stderr).toContain(`chmod 600 ${path}`);
  chmodSync(path, 0o600);
  chmodSync(person.folder, 0o755);
  const folder = await person.run(['profile', 'set', '--address', '127.0.0.1:2']);
  expect(folder.code).toBe(2);
  expect(folder.stderr).toContain(`chmod 700 ${person.folder}`);
});

test('profiles are listed, switched, changed and removed, and show no secret', async () => {
  const person = createPerson();
  await person.must(['use', 'shop', '--address', '127.0.0.1:1']);
  await person.must(['use', 'other', '--address', '127.0.0.1:2']);
  const keys = { env: { EWALLET_OPERATOR_KEY: 'very-secret' } };
  await person.must(['profile', 'set-key', 'operator'], keys);
  const list = await person.must(['profile', 'list']);
  expect(list).toBe('* other\t127.0.0.1:2\n  shop\t127.0.0.1:1\n');
  const shown = await person.must(['profile', 'show']);
  expect(shown).toContain('operatorKey\tset');
  expect(shown).not.toContain('very-secret');
  expect(await person.must(['profile', 'show', '--profile', 'shop'])).toContain('127.0.0.1:1');
  const typo = await person.run(['profile', 'show', '--profile', 'shopp']);
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining('no profile shopp') });
  await person.must(['profile', 'set-key', 'operator', '--forget']);
  expect(await person.must(['profile', 'show'])).not.toContain('operatorKey');
  await person.must(['profile', 'remove', 'shop']);
  expect((await person.run(['profile', 'remove', 'shop'])).code).toBe(2);
});

test.each([
  [['use', '../up'], 'letters, digits'],
  [['use', 'shop', '--address', 'nowhere'], '--address must be host:port'],
  [['profile', 'set'], 'Nothing to change'],
  [['profile', 'set-key', 'front-door'], "'front-door' is invalid"],
  [['profile', 'set-key', 'operator'], '--operator-key-stdin'],
])('%j is refused as wrong use', async (args, told) => {
  const { code, stderr } = await createPerson().run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(told);
});

test('a profile that is no JSON is named', async () => {
  const person = createPerson();
  mkdirSync(person.folder, { mode: 0o700 });
  writeFileSync(join(person.folder, 'config.json'), '{', { mode: 0o600 });
  const { code, stderr } = await person.run(['profile', 'show']);
  expect(code).toBe(2);
  expect(stderr).toContain('config.json is not JSON');
});
