import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server to talk to, and how to leave it. */
export type DemoServer = {
  publicAddress: string;
  operatorAddress: string;
  /** How it was come by, for the reader. */
  origin: string;
  leave(): Promise<void>;
};

/** The running server at the usual addresses, or one of our own with a database that is thrown away. */
export async function findOrStartServer(): Promise<DemoServer> {
  const publicAddress = process.env.EWALLET_PUBLIC_ADDRESS ?? '127.0.0.1:50051';
  const operatorAddress = process.env.EWALLET_OPERATOR_ADDRESS ?? '127.0.0.1:50052';
  if ((await answers(publicAddress)) && (await answers(operatorAddress))) {
    return { publicAddress, operatorAddress, origin: 'the running server', leave: async () => {} };
  }
  return startServer();
}

async function startServer(): Promise<DemoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-demo-'));
  const publicAddress = `127.0.0.1:${await freePort()}`;
  const operatorAddress = `127.0.0.1:${await freePort()}`;
  const child = spawn('./dist/src/main.js', {
    env: {
      ...process.env,
      EWALLET_PROFILE: 'development',
      EWALLET_PUBLIC_ADDRESS: publicAddress,
      EWALLET_OPERATOR_ADDRESS: operatorAddress,
      EWALLET_DATABASE_URL: `sqlite://${join(folder, 'ewallet.sqlite')}`,
      EWALLET_REST_ADDRESS: 'off',
      EWALLET_DRAIN_DELAY_SECONDS: '0',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  async function leave(): Promise<void> {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) break;
    if ((await answers(publicAddress)) && (await answers(operatorAddress))) {
      return { publicAddress, operatorAddress, origin: 'a server of its own', leave };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await leave();
  throw new Error('The server did not start. Its words are above.');
}

function answers(address: string): Promise<boolean> {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const socket = connect({ host: host ?? '127.0.0.1', port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
