import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { as } from '../support/clients.js';
import { findProgram } from '../support/find-mysql.js';
import { runCommand } from '../support/run-command.js';
import { startServerProcess } from '../support/server-process.js';
import { environmentWith } from '../support/server-program.js';

/** What the development profile has for the operator. */
const operatorKey = 'development-operator-key';

/** A server as `make run` starts it, but for its ports. */
function startDevelopmentServer() {
  const env = {
    EWALLET_PROFILE: 'development',
    EWALLET_OPERATOR_KEY: '',
    EWALLET_NEW_MASTER_CREDIT_LIMIT: '',
    EWALLET_DEFAULT_SUBORDINATE_LIMIT: '',
  };
  return startServerProcess({ env });
}

test('the Python program tells the whole story over REST', async () => {
  const server = await startDevelopmentServer();
  const python = findProgram('python3') ?? 'python3';
  const url = `http://${server.restAddress}`;
  const program = ['-B', 'clients/python-rest-example/demo.py', url];
  const { code, output } = await runCommand(python, program, environmentWith({}));
  expect([code, output]).toEqual([0, expect.stringContaining('none was lost or made')]);
  expect(output).toContain('INSUFFICIENT_CREDITS');
  const verdict = await server.clients.system.verifyLedger({}, as({ operatorKey }));
  expect(verdict).toMatchObject({ verified: true, differences: [] });
});

test('the curl lines of docs/rest.md, typed as they stand, make a payment', async ({ skip }) => {
  if (!findProgram('curl')) return skip('curl is not there.');
  const server = await startDevelopmentServer();
  const text = readFileSync(new URL('../../docs/rest.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
  const script = blocks.join('\n').replaceAll('127.0.0.1:8080', server.restAddress);
  expect(script).toContain(server.restAddress);
  const lines = `set -eo pipefail\n${script}`;
  const { code, output } = await runCommand('bash', ['-c', lines], environmentWith({}));
  expect([code, output]).toEqual([0, expect.stringContaining('"spent_credits":120')]);
  expect(output).not.toContain('"failed":true');
  expect(output).toContain('"credits":380');
});

test('a server that is told to stop answers the requests that it has taken', async () => {
  const server = await startDevelopmentServer();
  const url = `http://${server.restAddress}/ewallet/instruction-set`;
  const ask = { controller: 'client', ctype: 'action', action: 'request', request: 'client_id' };
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ask),
  };
  const answers = Array.from({ length: 20 }, () => fetch(url, init));
  await answers[0];
  const stopTime = Date.now();
  server.kill('SIGTERM');
  const outcomes = await Promise.allSettled(answers.map(async (answer) => (await answer).json()));
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') expect(outcome.value).toMatchObject({ failed: false });
  }
  expect(await server.exited).toEqual({ code: 0, signal: null });
  // No connection that a client keeps holds the stop up until its limit of 15 s.
  expect(Date.now() - stopTime).toBeLessThan(10_000);
});
