import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../src/program.js';
import { createPerson } from './support/run-cli.js';

function newProgram(): Command {
  return createProgram(() => {
    throw new Error('Help runs no command.');
  });
}

function listPaths(command: Command, path: string[] = []): string[][] {
  const names = command.commands.filter((child) => child.name() !== 'complete');
  return [path, ...names.flatMap((child) => listPaths(child, [...path, child.name()]))];
}

test('every command has help, which says what it does and ends well', async () => {
  const paths = listPaths(newProgram());
  expect(paths.length).toBeGreaterThan(150);
  for (const path of paths) {
    const program = newProgram();
    let written = '';
    const quiet = (command: Command): void => {
      command.configureOutput({
        writeOut(text) {
          written += text;
        },
      });
      for (const child of command.commands) quiet(child);
    };
    quiet(program);
    const ended = await program
      .parseAsync([...path, '--help'], { from: 'user' })
      .catch((error) => error);
    expect(ended, path.join(' ')).toBeInstanceOf(CommanderError);
    expect((ended as CommanderError).exitCode, path.join(' ')).toBe(0);
    expect(written).toMatch(/^Usage: ewallet/);
    // A description on a line of its own, and not the name of a method alone.
    expect(written.split('\n')[2]?.length, path.join(' ')).toBeGreaterThan(10);
  }
});

test('the program itself ends with 0 after help and version, with 2 after nonsense', async () => {
  const person = createPerson();
  const [help, payHelp, version, nonsense, group] = await Promise.all(
    [['--help'], ['pay', '--help'], ['--version'], ['wallett'], ['wallet']].map((args) =>
      person.run(args),
    ),
  );
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help?.stdout).toContain('Exit codes:');
  expect(payHelp?.stdout).toContain('--request-id');
  expect(version?.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(nonsense).toMatchObject({ code: 2, stdout: '' });
  expect(nonsense?.stderr).toContain('Did you mean wallet?');
  expect(group).toMatchObject({ code: 2, stdout: '' });
  expect(group?.stderr).toContain('Usage: ewallet wallet');
});
