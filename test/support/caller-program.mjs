// A program that moves credits and does nothing else: plain JavaScript on the built messages, so that twenty of them start in a second.
// It takes one job from its parent, tells of every movement that is settled, and ends when all are.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';

const { PayCreditsRequest, TransferCreditsRequest } = await import(
  new URL('../../dist/generated/ewallet/v1/wallet_service.js', import.meta.url).href
);

const requests = { PayCredits: PayCreditsRequest, TransferCredits: TransferCreditsRequest };
const DEADLINE_MS = 30_000;
/** What has to be asked again: the outcome is unknown. */
const RETRIED = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED];

/** One attempt: how it is settled, or undefined while that is unknown. */
function attempt(client, job, { requestId, from, to, amount }) {
  const { clientId, sessionToken } = job.customers[from];
  const metadata = new Metadata();
  metadata.set('ewallet-client-id', clientId);
  metadata.set('authorization', `Bearer ${sessionToken}`);
  const payee = { $case: 'payeeEmail', value: job.customers[to].email };
  const message = requests[job.method].fromPartial({ requestId, payee, credits: BigInt(amount) });
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/ewallet.v1.WalletService/${job.method}`,
      (value) => Buffer.from(requests[job.method].encode(value).finish()),
      (bytes) => bytes,
      message,
      metadata,
      { deadline: Date.now() + DEADLINE_MS },
      (error) => {
        if (!error) resolve('applied');
        else if (error.code === status.FAILED_PRECONDITION) resolve('refused');
        else if (RETRIED.includes(error.code)) resolve(undefined);
        else reject(error);
      },
    );
  });
}

/** Random movements until the time is over. */
function* untilTime({ customers, durationMs }) {
  const end = performance.now() + durationMs;
  while (performance.now() < end && !stopped) {
    const from = Math.floor(Math.random() * customers.length);
    const to = (from + 1 + Math.floor(Math.random() * (customers.length - 1))) % customers.length;
    yield { requestId: randomUUID(), from, to, amount: 1 + Math.floor(Math.random() * 5) };
  }
}

let stopped = false;

async function run(job) {
  const client = new Client(job.address, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 200,
  });
  const movements = job.movements ? job.movements.values() : untilTime(job);
  async function call() {
    for (let next = movements.next(); !next.done; next = movements.next()) {
      const movement = next.value;
      let settled = await attempt(client, job, movement);
      while (!settled) {
        await pause(10 + Math.random() * 40);
        settled = await attempt(client, job, movement);
      }
      process.send({ ...movement, settled });
    }
  }
  await Promise.all(Array.from({ length: job.inFlight }, call));
  client.close();
  process.disconnect();
}

process.on('message', (message) => {
  if (message === 'stop') stopped = true;
  else run(message);
});
// Nobody calls for a parent that is gone.
process.on('disconnect', () => process.exit());
