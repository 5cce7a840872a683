import { randomUUID } from 'node:crypto';
import { createChannel, createClient, Metadata } from 'nice-grpc';
import {
  PayCreditsRequest,
  PayCreditsResponse,
  StreamPaymentsRequest,
  WalletServiceDefinition,
} from '../../generated/ewallet/v1/wallet_service.js';
import type { Choice, Job, Load } from '../load/job.js';
import type { Plan } from '../plan.js';
import type { Stage } from './stage.js';

/** What a job may want otherwise than the plan. */
export type JobOptions = {
  /** The server asked; PayCredits of the stage's own server by default. */
  readonly addresses?: readonly string[];
  readonly path?: string;
  readonly callers?: 'bySession' | 'byBackend';
  readonly choice?: Choice;
  readonly load?: Load;
};

const PAY_CREDITS = '/ewallet.v1.WalletService/PayCredits';

/** A job of payments among the users of a stage: spread, by session, in a closed loop, unless `options` say otherwise. */
export function paymentJob(plan: Plan, stage: Stage, seed: number, options: JobOptions = {}): Job {
  const { users } = stage;
  return {
    addresses: options.addresses ?? [stage.server.publicAddress],
    path: options.path ?? PAY_CREDITS,
    connections: plan.connections,
    callers: users.map((user) => user[options.callers ?? 'bySession']),
    messages: users.map(({ accountId }) => toBase64(encodePayment(accountId))),
    choice: options.choice ?? { kind: 'spread', count: users.length },
    load: options.load ?? { kind: 'closed', inFlight: plan.inFlight },
    warmUpMs: plan.warmUpMs,
    durationMs: plan.durationMs,
    seed,
  };
}

/** The same payments over REST, each request on a connection of its own. */
export function restJob(plan: Plan, stage: Stage, seed: number): Job {
  const { users, server } = stage;
  return {
    ...paymentJob(plan, stage, seed, { load: { kind: 'rest', inFlight: plan.inFlight } }),
    addresses: [server.restAddress],
    path: '/ewallet/instruction-set',
    messages: users.map(({ email }) =>
      toBase64(Buffer.from(`",${JSON.stringify({ pay: email, credits: 1 }).slice(1)}`)),
    ),
  };
}

/**
 * The same payments down streams that the master's backend opens for all its users: each message names its payer. Answers come in
 * any order.
 */
export function streamJob(
  plan: Plan,
  stage: Stage,
  seed: number,
  load: { streams: number; inFlight: number },
): Job {
  const { users } = stage;
  const backend = users[0]?.byBackend.filter(([name]) => name === 'ewallet-backend-key') ?? [];
  const encode = (part: Parameters<typeof StreamPaymentsRequest.fromPartial>[0]) =>
    toBase64(StreamPaymentsRequest.encode(StreamPaymentsRequest.fromPartial(part)).finish());
  return {
    ...paymentJob(plan, stage, seed, {
      load: { kind: 'stream', ...load, answers: 'by request id' },
    }),
    path: '/ewallet.v1.WalletService/StreamPayments',
    callers: [backend],
    payerParts: users.map(({ accountId }) => encode({ accountId })),
    messages: users.map(({ accountId }) => {
      const payee = { $case: 'payeeAccountId' as const, value: accountId };
      return encode({ order: { $case: 'pay', value: { payee, credits: 1n } } });
    }),
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** A payment of one credit without its request id, which every call makes for itself. */
function encodePayment(accountId: string): Uint8Array {
  const payee = { $case: 'payeeAccountId' as const, value: accountId };
  return PayCreditsRequest.encode(PayCreditsRequest.fromPartial({ payee, credits: 1n })).finish();
}

/** Makes one payment and tells how many bytes its reply has. */
export async function measureReply(stage: Stage): Promise<number> {
  const [payer, payee] = stage.users;
  if (!payer || !payee) throw new Error('A payment takes two.');
  const channel = createChannel(stage.server.publicAddress);
  try {
    const reply = await createClient(WalletServiceDefinition, channel).payCredits(
      {
        requestId: randomUUID(),
        payee: { $case: 'payeeAccountId', value: payee.accountId },
        credits: 1n,
      },
      { metadata: Metadata(payer.bySession.map(([name, value]) => [name, value])) },
    );
    stage.acknowledged(1);
    return PayCreditsResponse.encode(reply).finish().length;
  } finally {
    channel.close();
  }
}
