import { expect, test } from 'vitest';
import { freeAddress } from '../support/free-address.js';
import { runCommand } from '../support/run-command.js';
import { startServerProcess } from '../support/server-process.js';
import { environmentWith } from '../support/server-program.js';

function runDemo(publicAddress: string, operatorAddress: string) {
  const env = environmentWith({
    EWALLET_PUBLIC_ADDRESS: publicAddress,
    EWALLET_OPERATOR_ADDRESS: operatorAddress,
  });
  return runCommand(process.execPath, ['--import', 'tsx', 'scripts/demo.ts'], env);
}

/** Every step of the story, in order, and the verdict at the end. */
const story = new RegExp(
  [
    'Ask for a client token and a session token',
    'Register a master',
    'Open a session for Alice',
    'Open a session for Bob',
    'Alice has 500 credits\\.',
    'Alice has 380 credits left\\.',
    'marked as replayed: paid once',
    'Bob has 100 credits\\.',
    'Refused: ',
    'Alice: 400 credits in wal_',
    'transfer trr_\\S+ {2}\\+20 = 400 .*',
    'invoice {2}inr_\\S+ {2}120 credits {2}seller usr_',
    'Bob: 100 credits in wal_',
  ].join('[\\s\\S]*'),
);

test('the demo tells the whole story on a running server, twice, and the ledger is verified', async () => {
  const env = { EWALLET_PROFILE: 'development', EWALLET_OPERATOR_KEY: '' };
  const { publicAddress, operatorAddress } = await startServerProcess({ env });
  for (let run = 0; run < 2; run += 1) {
    const { code, output } = await runDemo(publicAddress, operatorAddress);
    expect(output).toMatch(story);
    expect(output).toContain(`on the running server (${publicAddress})`);
    expect(output.trimEnd()).toMatch(/ledger verified$/);
    expect(code).toBe(0);
  }
});

test('the demo starts a server of its own where none runs, and ends it', async () => {
  const { code, output } = await runDemo(await freeAddress(), await freeAddress());
  expect(output).toContain('on a server of its own');
  expect(output).toMatch(story);
  expect(output.trimEnd()).toMatch(/ledger verified$/);
  expect(code).toBe(0);
});
