import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Metadata } from 'nice-grpc';
import { REQUEST_ID } from '../call-middleware.js';
import type { LocalCalls } from '../local-calls.js';
import { REPLAYED_TRAILER } from '../replayed.js';
import { type Body, createDispatch } from './dispatch.js';
import { createExecute, type RequestOrigin } from './execute.js';
import { fromStatus, malformed } from './failures.js';
import { createHelp } from './help.js';
import { JSON_TYPE } from './http-json.js';
import type { Instruction, RestDomain } from './instruction.js';

/** What the routes stand on. */
export type RouteOptions = {
  readonly instructions: readonly Instruction[];
  /** Who may call a method of the API, for the documents. */
  readonly prerequisitesOf: (method: string) => readonly string[];
  readonly local: Pick<LocalCalls, 'client' | 'inPlaceOf'>;
  readonly domain: RestDomain;
  readonly isServing: () => boolean;
  /** How long an instruction may take. */
  readonly deadlineMs: number;
};

const MESSAGE =
  'EWallet, the virtual payment system. POST /ewallet/instruction-set executes an instruction, GET tells which there are.';

/** Adds the routes of the predecessor, and those that tell orchestrators how the server is. */
export function addRoutes(
  app: FastifyInstance,
  options: RouteOptions,
  sourceOf: (request: FastifyRequest) => string,
): void {
  const { instructions, isServing, deadlineMs } = options;
  const execute = createExecute({ ...options, dispatch: createDispatch(instructions) });
  const help = createHelp(instructions, options.prerequisitesOf);

  app.get('/ewallet', async () => ({ message: MESSAGE }));
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_, reply) => {
    const ready = isServing();
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
  });
  app.get('/ewallet/instruction-set', async (request) => {
    const asked = { ...objectOf(request.query), ...objectOf(request.body ?? {}) };
    const { option, action } = asked;
    if (option === undefined && action === undefined) return help.list();
    return help.describe(option, action);
  });
  app.post('/ewallet/instruction-set', async (request, reply) => {
    const body = objectOf(request.body);
    const trailer = Metadata();
    const { signal, end } = startDeadline(reply, deadlineMs);
    const from = { ...headersOf(request), source: sourceOf(request), signal };
    const text = await withinDeadline(execute(body, from, trailer), signal).finally(() => {
      end();
      tellTrailer(reply, trailer);
    });
    return reply.type(JSON_TYPE).send(text);
  });
}

/** Aborted when the caller has gone or has waited long enough; never once it is ended. */
function startDeadline(reply: FastifyReply, ms: number): { signal: AbortSignal; end(): void } {
  const deadline = new AbortController();
  const abort = () => deadline.abort();
  const timer = setTimeout(abort, ms);
  reply.raw.once('close', abort);
  return {
    signal: deadline.signal,
    end() {
      clearTimeout(timer);
      reply.raw.off('close', abort);
    },
  };
}

function headersOf({ headers }: FastifyRequest): Omit<RequestOrigin, 'source' | 'signal'> {
  return {
    correlation: headerOf(headers[REQUEST_ID]),
    registrationKey: headerOf(headers['ewallet-registration-key']),
    idempotencyKey: headerOf(headers['idempotency-key']),
  };
}

function headerOf(value: string | string[] | undefined): string | undefined {
  const text = [value ?? []].flat()[0];
  return text === '' ? undefined : text;
}

/** Headers may tell at once what over gRPC only the trailer may. */
function tellTrailer(reply: FastifyReply, trailer: Metadata): void {
  for (const name of [REQUEST_ID, REPLAYED_TRAILER]) {
    const value = trailer.get(name);
    if (typeof value === 'string') reply.header(name, value);
  }
}

function objectOf(body: unknown): Body {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  throw malformed('The body must be a JSON object.', 'WRONG_TYPE');
}

/** The instruction's outcome, unless the caller has gone or waited long enough: what it does then is up to it. */
function withinDeadline<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    const text = 'It took too long. Retry a write with the same request id.';
    const refuse = () => reject(fromStatus('DEADLINE_EXCEEDED', text, 'DEADLINE_EXCEEDED'));
    signal.addEventListener('abort', refuse, { once: true });
  });
  return Promise.race([work, late]);
}
