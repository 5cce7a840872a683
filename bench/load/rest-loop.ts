import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { CallerMetadata, Job } from './job.js';
import type { Meter } from './meter.js';
import type { Outstanding } from './outstanding.js';
import { createChooser } from './random-choice.js';
import { connectRest, type RestConnection } from './rest-connection.js';

/** Connections of a job over REST: one for each request in flight, as HTTP/1.1 has it. */
export function connectAllRest(
  job: Job,
  inFlight: number,
  fail: (error: Error) => void,
): Promise<RestConnection[]> {
  return Promise.all(
    Array.from({ length: inFlight }, (_, index) => {
      const address = job.addresses[index % job.addresses.length] as string;
      return connectRest(address, job.path, fail);
    }),
  );
}

/** Keeps each connection at work with payments over REST until told to stop. */
export function startRestLoop(
  job: Job,
  connections: readonly RestConnection[],
  { meter, outstanding }: { meter: Meter; outstanding: Outstanding },
): () => void {
  const choose = createChooser(job.choice, job.seed);
  const heads = job.callers.map(writeHead);
  const tails = job.messages.map((text) => Buffer.from(text, 'base64').toString('latin1'));
  let stopped = false;

  function send(connection: RestConnection): void {
    const { payer, payee } = choose();
    const head = heads[payer % heads.length] as string;
    const since = performance.now();
    outstanding.add();
    connection.post(`${head}${randomUUID()}${tails[payee]}`, (text) => {
      meter.answered(statusOf(text), since);
      outstanding.remove();
      if (!stopped) send(connection);
    });
  }

  for (const connection of connections) send(connection);
  return () => {
    stopped = true;
  };
}

/** What comes before the request id: the instruction and the tokens that the caller would send as metadata. */
function writeHead(caller: CallerMetadata): string {
  const values = new Map(caller);
  const token = values.get('authorization')?.replace('Bearer ', '');
  const instruction = {
    controller: 'client',
    ctype: 'action',
    action: 'pay',
    client_id: values.get('ewallet-client-id'),
    session_token: token,
    request_id: '',
  };
  return JSON.stringify(instruction).slice(0, -2);
}

/** As a status of gRPC: 0, or the reason of the failure. */
function statusOf(text: string): string {
  if (text.includes('"failed":false')) return '0';
  return /"details":"([^"]*)"/.exec(text)?.[1] ?? 'unreadable';
}
