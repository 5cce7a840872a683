import {
  type CallContext,
  type Client,
  type CompatServiceDefinition,
  Metadata,
  type ServerMiddleware,
  type ServiceImplementation,
  type TsProtoServiceDefinition,
} from 'nice-grpc';
import type { Guarded, HandlerContext } from './call-middleware.js';

/** Where a local call comes from, and what it carries in place of the headers of one over the network. */
export type LocalOrigin = {
  readonly metadata: Metadata;
  /** `address:port` of who made it. */
  readonly peer: string;
  readonly signal: AbortSignal;
  /** What the call's trailer would hold is set here. */
  readonly trailer: Metadata;
};

type Definition = TsProtoServiceDefinition & CompatServiceDefinition;

/** Unary methods of a listener, called from within the process: everything that stands before them over the network stands here. */
export type LocalCalls = {
  add<D extends Definition>(definition: D, implementation: ServiceImplementation<D, Guarded>): void;
  /** A client of a service for one origin. Its calls throw what the server answers calls over the network with: ServerError. */
  client<D extends Definition>(definition: D, origin: LocalOrigin): Client<D>;
  /**
   * Goes the way of a call to a method, its access rule and the rules of its request included, and runs `handle` in place of its
   * handler. Throws as calls of {@link LocalCalls.client} do.
   */
  inPlaceOf<D extends Definition, T>(
    definition: D,
    method: keyof D['methods'] & string,
    call: { readonly origin: LocalOrigin; readonly request: object },
    handle: (context: HandlerContext) => Promise<T>,
  ): Promise<T>;
};

type Handler = (request: unknown, context: HandlerContext) => Promise<unknown>;
type Prepared = {
  readonly call: object;
  readonly type: TsProtoServiceDefinition['methods'][string]['requestType'];
  readonly handler: Handler;
};

/** Creates local calls through the middleware of a listener. */
export function createLocalCalls(middleware: ServerMiddleware<Guarded>): LocalCalls {
  const services = new Map<string, Map<string, Prepared>>();

  async function run(
    { call, type }: Prepared,
    handler: Handler,
    input: object,
    origin: LocalOrigin,
  ): Promise<unknown> {
    // As it would come over the network: the validator reads the bytes.
    const request = type.decode(type.encode(type.fromPartial?.(input)).finish());
    const next = (given: unknown, context: unknown) =>
      only(handler(given, context as HandlerContext));
    const answers = middleware({ ...call, request, next } as never, contextOf(origin));
    return (await answers.next()).value;
  }

  function methodsOf({ fullName }: Definition): Map<string, Prepared> {
    const methods = services.get(fullName);
    if (!methods) throw new Error(`The listener has no ${fullName}.`);
    return methods;
  }

  return {
    add(definition, implementation) {
      const handlers = implementation as unknown as Record<string, Handler>;
      services.set(definition.fullName, new Map(prepare(definition, handlers)));
    },
    client<D extends Definition>(definition: D, origin: LocalOrigin) {
      const entries = [...methodsOf(definition)].map(([key, method]) => [
        key,
        (input: object) => run(method, method.handler, input, origin),
      ]);
      return Object.fromEntries(entries) as Client<D>;
    },
    async inPlaceOf<T>(
      definition: Definition,
      name: string,
      { origin, request }: { readonly origin: LocalOrigin; readonly request: object },
      handle: (context: HandlerContext) => Promise<T>,
    ) {
      const method = methodsOf(definition).get(name);
      if (!method) throw new Error(`${definition.fullName} has no ${name}.`);
      // The middleware takes no answer for a fault.
      const answered = async (_: unknown, context: HandlerContext) => ({
        answer: await handle(context),
      });
      const { answer } = (await run(method, answered, request, origin)) as { answer: T };
      return answer;
    },
  };
}

function* prepare(
  definition: Definition,
  handlers: Record<string, Handler>,
): Generator<[string, Prepared]> {
  for (const [key, { name, requestType, requestStream, responseStream }] of Object.entries(
    definition.methods,
  )) {
    const handler = handlers[key];
    if (!handler || requestStream || responseStream) continue;
    const path = `/${definition.fullName}/${name}`;
    const method = { path, requestStream, responseStream, options: {} };
    yield [key, { call: { method, requestStream, responseStream }, type: requestType, handler }];
  }
}

/** The one answer of a unary method, as the middleware takes it. */
// biome-ignore lint/correctness/useYield: a unary call answers with what the generator returns.
async function* only(answer: Promise<unknown>): AsyncGenerator<never, unknown, undefined> {
  return await answer;
}

function contextOf({ metadata, peer, signal, trailer }: LocalOrigin): CallContext {
  return { metadata, peer, signal, trailer, header: Metadata(), sendHeader() {} };
}
