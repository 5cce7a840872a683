import { randomUUID } from 'node:crypto';
import { grpcMessage } from './http2-frames.js';
import { callerHeaders } from './http2-headers.js';
import type { Job } from './job.js';
import { createChooser } from './random-choice.js';

/** One call, ready to be sent. */
export type Call = {
  readonly requestId: string;
  readonly caller: Buffer;
  /** With the five bytes that gRPC puts before it. */
  readonly message: Buffer;
};

/** Makes the calls of a job: everything but request ids is encoded beforehand. */
export type Calls = {
  next(): Call;
  /** The metadata of the n-th caller, for a stream that serves many calls. */
  caller(index: number): Buffer;
};

const UUID_LENGTH = 36;
/** gRPC's five bytes, then tag and length of field 1, then the UUID. */
const FIELD_HEAD = Buffer.from([0x0a, UUID_LENGTH]);
const UUID_AT = 5 + FIELD_HEAD.length;
const EMPTY = Buffer.alloc(0);

/** Prepares the calls of a job. */
export function createCalls(job: Job): Calls {
  const callers = job.callers.map(callerHeaders);
  const ends = job.messages.map((text) => Buffer.from(text, 'base64'));
  const middles = job.payerParts?.map((text) => Buffer.from(text, 'base64'));
  const choose = createChooser(job.choice, job.seed);
  const uuid = Buffer.alloc(UUID_LENGTH);
  const caller = (index: number) => callers[index % callers.length] as Buffer;
  return {
    next() {
      const { payer, payee } = choose();
      const requestId = randomUUID();
      const middle = middles?.[payer] ?? EMPTY;
      const message = grpcMessage(Buffer.concat([FIELD_HEAD, uuid, middle, ends[payee] as Buffer]));
      message.write(requestId, UUID_AT, 'latin1');
      return { requestId, caller: caller(payer), message };
    },
    caller,
  };
}
