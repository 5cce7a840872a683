import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findProgram } from '../support/find-mysql.js';
import { runCommand } from '../support/run-command.js';
import { startServerProcess } from '../support/server-process.js';
import { environmentWith } from '../support/server-program.js';

const MODULE = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@latest';
const INSTALL_LIMIT_MS = 300_000;

/** grpcurl, from PATH or where Go puts programs, installed with Go when it is missing; undefined when it cannot be had. */
function findGrpcurl(): string | undefined {
  const onPath = findProgram('grpcurl');
  if (onPath) return onPath;
  const go = findProgram('go') ?? ['/usr/local/go/bin/go'].find((path) => existsSync(path));
  if (!go) return undefined;
  const ask = (name: string) => execFileSync(go, ['env', name], { encoding: 'utf8' }).trim();
  const program = join(ask('GOBIN') || join(ask('GOPATH'), 'bin'), 'grpcurl');
  if (existsSync(program)) return program;
  try {
    execFileSync(go, ['install', MODULE], { stdio: 'inherit', timeout: INSTALL_LIMIT_MS });
  } catch (error) {
    console.error(`grpcurl could not be installed: ${error}`);
  }
  return existsSync(program) ? program : undefined;
}

/** The fenced `sh` blocks of the README that call grpcurl: one script, as somebody types it from top to bottom. */
function readScript(): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
  return blocks.filter((block) => block.includes('grpcurl -plaintext')).join('\n');
}

let grpcurl: string | undefined;

beforeAll(() => {
  grpcurl = findGrpcurl();
}, INSTALL_LIMIT_MS);

/** A server as `make run` starts it, and what runs a script against it. */
async function startDevelopmentServer(program: string) {
  const env = { EWALLET_PROFILE: 'development', EWALLET_OPERATOR_KEY: '' };
  const { publicAddress, operatorAddress } = await startServerProcess({ env });
  const path = `${dirname(program)}:${process.env.PATH}`;
  return (script: string) => {
    const lines = script
      .replaceAll('127.0.0.1:50051', publicAddress)
      .replaceAll('127.0.0.1:50052', operatorAddress);
    return runCommand('bash', ['-c', lines], environmentWith({ PATH: path }));
  };
}

test("the README's grpcurl lines, typed as they stand, make a payment", async ({ skip }) => {
  if (!grpcurl) return skip('grpcurl is not there, and Go is not there to install it.');
  const run = await startDevelopmentServer(grpcurl);
  const script = readScript();
  expect(script.match(/127\.0\.0\.1:50051/g)?.length).toBeGreaterThan(5);
  const { code, output } = await run(`set -eo pipefail\n${script}`);
  expect([code, output]).toEqual([0, expect.stringContaining('OPERATION_KIND_PAYMENT')]);
  expect(output).toContain('"verified": true');
  expect(output).not.toMatch(/^ERROR/m);
});

test('grpcurl shows the reason of a refusal in words', async ({ skip }) => {
  if (!grpcurl) return skip('grpcurl is not there, and Go is not there to install it.');
  const run = await startDevelopmentServer(grpcurl);
  const service = 'ewallet.v1.SessionService/RequestSessionToken';
  const { output } = await run(
    `grpcurl -plaintext -H 'ewallet-client-id: wrong' 127.0.0.1:50051 ${service}`,
  );
  expect(output).toContain('Code: Unauthenticated');
  expect(output).toContain('"reason": "CLIENT_TOKEN_INVALID"');
});
