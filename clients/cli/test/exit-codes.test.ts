import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.js';
import { startServer } from '../../stand/test-servers.js';
import { exitCodeMeanings } from '../src/errors/exit-codes.js';
import { createPerson } from './support/run-cli.js';
import { balanceOf, openShop } from './support/shop.js';

const unknownId = '00000000-0000-4000-8000-000000000000';

const shared = startServer();

test('each kind of error has its exit code', async () => {
  const { alice, bob } = await openShop(await shared);
  const cases: [args: string[], code: number, told: string][] = [
    [['pay', bob.email, 'much'], 2, 'credits must be a whole number'],
    [['pay', bob.email, '0'], 2, 'credits: must be greater than 0'],
    [['pay', 'bob', '1'], 2, 'payee must be an e-mail address'],
    [['clock', 'watch', '--warn-at', 'soon'], 2, '--warn-at must be a time'],
    [['wallet', 'list', '--columns', 'color'], 2, 'there is no column "color"'],
    [['pay', bob.email, '1', '--as', bob.accountId], 2, 'set-key backend'],
    [['login', alice.email], 2, '--password-stdin'],
    [['master', 'get'], 3, 'ewallet master login'],
    [['wallet', 'get', 'wal_zzzz'], 4, 'ewallet wallet list'],
    [['wallet', 'operation', unknownId], 4, 'OPERATION_NOT_FOUND'],
    [['pay', alice.email, '1'], 2, 'SELF_PAYMENT'],
    [['pay', bob.email, '501'], 5, 'INSUFFICIENT_CREDITS'],
  ];
  for (const [args, code, told] of cases) {
    const run = await alice.run(args);
    expect({ args, code: run.code, stdout: run.stdout }).toEqual({ args, code, stdout: '' });
    expect(run.stderr, args.join(' ')).toContain(told);
  }
  const wrongPassword = await alice.run(['login', alice.email, '--password-stdin'], {
    input: 'wrong-1!\n',
  });
  expect(wrongPassword.code).toBe(3);
});

test('an error is one document of JSON where JSON is asked for', async () => {
  const { alice, bob } = await openShop(await shared);
  const { stderr } = await alice.run(['pay', bob.email, '1000', '--json']);
  expect(JSON.parse(stderr)).toMatchObject({
    error: { exitCode: 5, code: 'FAILED_PRECONDITION', reason: 'INSUFFICIENT_CREDITS' },
  });
  const misuse = await alice.run(['pay', '--json']);
  expect(JSON.parse(misuse.stderr)).toMatchObject({ error: { exitCode: 2 } });
});

test('a payment without an answer prints the command that repeats it, which pays once', async () => {
  const server = await startServer();
  const { alice, bob } = await openShop(server);
  await server.pause();
  const paying = ['pay', bob.email, '7', '--notes', 'for a "friend"'];
  const { code, stderr } = await alice.run([...paying, '--timeout', '2s']);
  expect(code).toBe(6);
  await server.resume();
  const command = stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
  expect(command).toMatch(
    /^ewallet pay \S+ 7 --notes 'for a "friend"' --timeout 2s --request-id [\da-f-]{36}$/,
  );
  const requestId = command.split(' ').at(-1) ?? '';
  await alice.must([...paying, '--request-id', requestId]);
  await alice.must([...paying, '--request-id', requestId]);
  expect([await balanceOf(alice), await balanceOf(bob)]).toEqual(['493', '7']);
  await server.kill();
  const gone = await alice.run(['wallet', 'get', '--timeout', '1s']);
  expect(gone.code).toBe(6);
  expect(gone.stderr).toContain('ewallet profile');
});

test('Ctrl-C on the way of a payment ends with 130 and the command that repeats it', async () => {
  const server = await startServer();
  const { alice, bob } = await openShop(server);
  await server.pause();
  const child = alice.start(['pay', bob.email, '7']);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // It listens for the signal before it does anything else; the tokens that it has need no call.
  const { pid = 0 } = child;
  await waitUntil('a connection', () => hasConnection(pid));
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  await server.resume();
  expect(code).toBe(130);
  expect(stderr).toMatch(/ewallet pay \S+ 7 --request-id [\da-f-]{36}\n$/);
});

test('the README and the help list the same exit codes', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const [code, meaning] of exitCodeMeanings)
    expect(readme).toContain(`| ${code} | ${meaning} |`);
});

test('a profile that was never made speaks to the server of make run', async () => {
  const shown = await createPerson().must(['profile', 'show']);
  expect(shown).toContain('address\t127.0.0.1:50051\noperatorAddress\t127.0.0.1:50052\n');
});

/** Whether a process has a TCP connection: Linux tells in /proc. */
function hasConnection(pid: number): boolean {
  const established = '01';
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const inodes = new Set(
    rows
      .map((row) => row.trim().split(/\s+/))
      .flatMap((row) => (row[3] === established ? (row[9] ?? []) : [])),
  );
  return listSockets(pid).some((inode) => inodes.has(inode));
}

function listSockets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}
