import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.js';
import { startServer } from '../../stand/test-servers.js';
import { createPerson } from './support/run-cli.js';
import { openShop, password, settle } from './support/shop.js';
import { hasTmux, openTerminal } from './support/terminal.js';

const server = hasTmux() ? startServer() : undefined;

async function theServer() {
  if (!server) throw new Error('Only tests with tmux start a server.');
  return server;
}

describe.runIf(server)('in a terminal', () => {
  test('the story by hand: log in with wrong answers first, pay, look', async () => {
    const { alice, bob, masterEmail, acquireKey } = await openShop(await theServer());
    const newcomer = settle(createPerson(), await theServer());
    const terminal = await openTerminal(newcomer.folder);
    await terminal.run('ewallet login');
    await terminal.shows('E-mail address');
    await terminal.type('');
    await terminal.shows('Something must be written here.');
    await terminal.type('not an address');
    await terminal.shows('That is no e-mail address.');
    await terminal.press('C-u');
    await terminal.type(alice.email);
    await terminal.shows('Password');
    await terminal.type('');
    await terminal.shows('Something must be written here.');
    await terminal.type(password);
    await terminal.shows('E-mail address of the master');
    await terminal.type(masterEmail);
    await terminal.shows('Acquire key');
    await terminal.type(acquireKey);
    const loggedIn = await terminal.ended(0);
    expect(loggedIn).toContain(`✓ Logged in as ${alice.email}.`);
    expect(loggedIn).not.toContain(password);
    expect(loggedIn).not.toContain(acquireKey);

    await terminal.run(`ewallet pay ${bob.email} 120 --notes 'two tickets'`);
    expect(await terminal.ended(0)).toContain(
      `✓ Paid 120 credits to ${bob.email}. There are 380 credits in the wallet now.`,
    );
    await terminal.run(`ewallet pay ${bob.email} 1000`);
    expect(await terminal.ended(5)).toContain('Get more: ewallet supply.');
    await terminal.run('ewallet records transfer');
    const records = await terminal.ended(0);
    expect(records).toMatch(
      /^transfer record id +kind +direction +credits +balance credits +notes/m,
    );
    expect(records).toMatch(/^trr_\S+ +payment +outgoing +120 +380 +two tickets +\d{4}-\d\d-\d\d/m);
  });

  test('the prompts for new passwords ask until they are good and the same', async () => {
    const { owner, masterEmail } = await openShop(await theServer());
    await owner.must(['master', 'acquire', masterEmail]);
    const terminal = await openTerminal(owner.folder);
    await terminal.run(`ewallet account create Carol carol@example.com`);
    await terminal.shows('Password');
    await terminal.type('short');
    await terminal.shows('Take 8 characters or more.');
    await terminal.press('C-u');
    await terminal.type('onlyletters');
    await terminal.shows('Take a letter, a digit and another character at least.');
    await terminal.press('C-u');
    await terminal.type(password);
    await terminal.shows('once more');
    await terminal.type('something-else-1');
    await terminal.shows('That is not the same.');
    await terminal.press('C-u');
    await terminal.type(password);
    await terminal.ended(0);
  });

  test('what cannot be undone is confirmed; Ctrl-C at a prompt does nothing and ends with 130', async () => {
    const { alice } = await openShop(await theServer());
    const { wallet } = await alice.json<{ wallet: { walletId: string } }>([
      'wallet',
      'create',
      'spare',
    ]);
    const terminal = await openTerminal(alice.folder);
    await terminal.run(`ewallet wallet unlink ${wallet.walletId}`);
    await terminal.shows('Close this wallet for good?');
    await terminal.press('C-c');
    await terminal.ended(130);
    await terminal.run(`ewallet wallet unlink ${wallet.walletId}`);
    await terminal.shows('Close this wallet for good?');
    await terminal.type('n');
    expect(await terminal.ended(2)).toContain('Nothing was done.');
    await terminal.run(`ewallet wallet unlink ${wallet.walletId}`);
    await terminal.shows('Close this wallet for good?');
    await terminal.type('y');
    await terminal.ended(0);
    expect((await alice.run(['wallet', 'get', wallet.walletId])).code).toBe(4);
  });

  test('the live clock goes down, shows changes as they come, and leaves on Ctrl-C', async () => {
    const own = await startServer();
    const { alice } = await openShop(own);
    await alice.must(['clock', 'fill', '10']);
    const terminal = await openTerminal(alice.folder);
    await terminal.run('ewallet clock watch --warn-at 9m58s');
    await terminal.shows('inactive  10m 00s left');
    await alice.must(['clock', 'start']);
    await terminal.shows(/active {2}9m 5[0-8]s left {2}until \d{4}-/);
    await terminal.shows('Less than 9m 58s left.');
    await terminal.shows(/9m (4\d|5[0-5])s left/);
    await alice.must(['clock', 'pause']);
    const paused = await terminal.shows(/paused {2}9m \d\ds left/);
    expect(paused).toContain('█████');
    await own.kill();
    await terminal.shows('The connection broke; trying again.');
    await own.restart();
    await waitUntil('the connection', async () => !/broke/.test(await terminal.screen()));
    await terminal.press('C-c');
    await terminal.ended(130);
  });

  test("the workers' table stays true", async () => {
    const { owner } = await openShop(await theServer());
    const terminal = await openTerminal(owner.folder);
    await terminal.run('ewallet workers watch');
    const first = await terminal.shows(/wrk_\S+ +\d+ +available/);
    expect(first).toMatch(
      /^worker id +instance number +state +session count +session limit +state time$/m,
    );
    const { worker } = await owner.json<{ worker: { workerId: string } }>(['workers', 'create']);
    await terminal.shows(new RegExp(`${worker.workerId} +\\d+ +vacant +0`));
    await owner.must(['system', 'cleanup-workers', worker.workerId, '--yes']);
    await terminal.shows(/^Workers: 1\./m);
    await terminal.press('C-c');
    await terminal.ended(130);
  });

  test('the verification has a progress bar and a verdict', async () => {
    const { owner } = await openShop(await theServer());
    const terminal = await openTerminal(owner.folder);
    await terminal.run('ewallet verify');
    const verdict = await terminal.ended(0);
    expect(verdict).toMatch(/[█░]{30} {2}Verifying the ledger:/);
    expect(verdict).toMatch(/✓ The ledger is verified\. \d+ accounts, \d+ entries/);
  });

  test('the shell completes commands and options, and the script can be read twice', async () => {
    const terminal = await openTerminal();
    await terminal.type(
      'for i in 1 2; do source <(ewallet completion bash); done; clear; echo sourced.',
    );
    expect(await terminal.shows(/^sourced\.$/m)).not.toContain('bash:');
    await terminal.type('ewallet wal', false);
    await terminal.press('Tab');
    await terminal.shows(/ewallet wallet$/m);
    await terminal.type('str', false);
    await terminal.press('Tab');
    await terminal.shows(/ewallet wallet stream$/m);
    await terminal.type('--make', false);
    await terminal.press('Tab');
    await terminal.shows(/ewallet wallet stream --make-ids$/m);
  });

  test('there are colors on a terminal, and none with NO_COLOR or --no-color', async () => {
    const { alice } = await openShop(await theServer());
    const terminal = await openTerminal(alice.folder);
    for (const [command, colored] of [
      ['ewallet wallet get', true],
      ['ewallet wallet get --no-color', false],
      ['NO_COLOR=1 ewallet wallet get', false],
    ] as const) {
      await terminal.run(command);
      await terminal.ended(0);
      expect((await terminal.screen(true)).includes(String.fromCharCode(27)), command).toBe(
        colored,
      );
    }
  });
});
