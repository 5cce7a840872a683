import type { DescMessage, DescService } from '@bufbuild/protobuf';
import { type ServerInterceptor, setLogger } from '@grpc/grpc-js';
import {
  type CompatServiceDefinition,
  createServer,
  type ServiceImplementation,
  type TsProtoServiceDefinition,
} from 'nice-grpc';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import type { Logger } from '../lib/logger.js';
import { sleep } from '../lib/sleep.js';
import { startStopwatch } from '../lib/time.js';
import { type AccessRule, readAccessRule } from './access.js';
import type { Admission } from './admission.js';
import {
  createCallMiddleware,
  type Guarded,
  type Method,
  type RecordCall,
} from './call-middleware.js';
import type { Descriptors, ListenerName } from './descriptors.js';
import { createDrain, endStreamsOn } from './drain.js';
import { createEdge, type DeadlineLimits } from './edge.js';
import { createHealth } from './health.js';
import { createLocalCalls, type LocalCalls } from './local-calls.js';
import { createServiceState } from './service-state.js';
import { createRequestValidator, keepRaw } from './validation.js';

/** A gRPC server on an address of its own. */
export type Listener = {
  /** Adds a service behind the access rules. @throws Error when one of its methods has none. */
  add<D extends TsProtoServiceDefinition & CompatServiceDefinition>(
    definition: D,
    implementation: ServiceImplementation<D, Guarded>,
  ): void;
  /** The access rule of one of its methods, for example `ewallet.v1.WalletService/PayCredits`. @throws Error when it has none */
  ruleOf(method: string): AccessRule;
  /** Calls from within the process, for an endpoint that speaks otherwise. */
  readonly local: Pick<LocalCalls, 'client' | 'inPlaceOf'>;
  /** Binds the address (`host:port`) and resolves to the port. @throws Error when the address cannot be had. */
  listen(address: string): Promise<number>;
  /** Tells health checks whether the services serve. */
  setServing(serving: boolean): void;
  /** What health checks are told. */
  isServing(): boolean;
  /**
   * Takes the listener out of service: health says so, further calls of its services are refused, their streams end. Returns how many
   * calls are left. The address stays bound, and health and reflection answer.
   */
  drain(): number;
  /** Puts it back into service. Does nothing once it stops. */
  undrain(): void;
  /**
   * Ends health and reflection streams, takes no new call, and waits for those in flight: for at most `limitMs`, or until `force`
   * is aborted. Then it cuts them off.
   */
  shutdown(limitMs: number, force?: AbortSignal): Promise<void>;
};

/** What a listener is made of. */
export type ListenerOptions = {
  readonly name: ListenerName;
  readonly descriptors: Descriptors;
  readonly admit: Admission;
  readonly deadlines: DeadlineLimits;
  /** How long its streams live at most: a connection that has grown old is closed so much later. 0 by default. */
  readonly streamLifeMs?: number;
  /** Whether the listener describes its services to anyone who asks. */
  readonly reflection: boolean;
  /** Records every call that was let in, where calls are. */
  readonly recordCall?: RecordCall;
  readonly logger: Logger;
};

/** Creates a listener with health, and reflection where it is wanted. */
export function createListener(options: ListenerOptions): Listener {
  const { descriptors, reflection } = options;
  const edge = createEdge(options.deadlines);
  // The library would print what it also throws.
  setLogger({
    error: (message: unknown) => options.logger.debug({ library: message }, 'gRPC library'),
  });
  const server = createServer(channelOptions(edge.interceptor, options.streamLifeMs ?? 0));
  const stop = createDrain();
  const open = server.with(endStreamsOn(stop));
  const health = createHealth();
  const services = createServiceState(health.setServing);
  const validator = createRequestValidator(descriptors);
  const methods = new Map<string, Method>();
  const middleware = createCallMiddleware({
    methods,
    admit: options.admit,
    validate: validator.validate,
    ...services,
    edge,
    ...(options.recordCall ? { recordCall: options.recordCall } : {}),
    startStopwatch,
    logger: options.logger,
  });
  const guarded = server.with(middleware);
  const local = createLocalCalls(middleware);
  const names: string[] = [];

  function addOpenServices(): void {
    names.push(health.definition.fullName);
    open.add(health.definition, health.implementation);
    if (reflection) {
      names.push(REFLECTION);
      open.add(ServerReflectionService, ServerReflection(descriptors.bytes, names));
    }
    health.register(names);
  }

  return {
    add(definition, implementation) {
      names.push(definition.fullName);
      for (const method of describeMethods(options, definition.fullName)) {
        validator.prepare(method.input);
        methods.set(`/${method.name}`, method);
      }
      const raw = keepRaw(definition);
      guarded.add<typeof definition>(raw, implementation);
      local.add<typeof definition>(raw, implementation);
    },
    ruleOf: (name) => ruleOf(methods, name),
    local,
    async listen(address) {
      addOpenServices();
      return server.listen(address).catch((cause: Error) => {
        throw listenError(options.name, address, cause);
      });
    },
    setServing: services.setReady,
    isServing: services.isServing,
    drain: services.drainServices,
    undrain: services.undrainServices,
    async shutdown(limitMs, force) {
      stop.begin();
      services.stop();
      const finished = new AbortController();
      const cut = force ? AbortSignal.any([force, finished.signal]) : finished.signal;
      const cutOff = sleep(limitMs, cut)
        .catch(() => {})
        .then(async () => {
          if (finished.signal.aborted) return;
          edge.cutOff();
          // A peer that does not take its answers must not hold the stop up.
          await sleep(LAST_ANSWERS_MS, finished.signal).catch(() => {});
        });
      const done = server.shutdown().finally(() => finished.abort());
      await Promise.race([done, cutOff]);
    },
  };
}

function ruleOf(methods: ReadonlyMap<string, Method>, name: string): AccessRule {
  const method = methods.get(`/${name}`);
  if (!method) throw new Error(`The listener has no ${name}.`);
  return method.rule;
}

const LAST_ANSWERS_MS = 1_000;

/** Why the address of a listener cannot be had, and what to do. */
export function listenError(name: ListenerName | 'rest', address: string, cause: Error): Error {
  const why = cause.message.includes('EADDRINUSE')
    ? 'another program listens there. Stop it, or set'
    : `${/E[A-Z]+/.exec(cause.message)?.[0] ?? 'no such address'}. Set`;
  const setting = `EWALLET_${name.toUpperCase()}_ADDRESS`;
  return new Error(
    `The ${name} listener cannot have ${address}: ${why} ${setting} to another address.`,
    { cause },
  );
}

const REFLECTION = 'grpc.reflection.v1.ServerReflection';

function describeMethods({ descriptors, name }: ListenerOptions, serviceName: string): Method[] {
  const service: DescService | undefined = descriptors.registry.getService(serviceName);
  if (!service) throw new Error(`${serviceName} is not in the descriptor set of ${name}.`);
  return service.methods.map((method) => ({
    name: `${serviceName}/${method.name}`,
    rule: readAccessRule(method, descriptors, name),
    input: method.input as DescMessage,
  }));
}

/** Limits of one connection and of one message. Requests are small, so a large one is a mistake or an attack. */
function channelOptions(edge: ServerInterceptor, streamLifeMs: number) {
  return {
    'grpc.max_receive_message_length': 256 * 1024,
    'grpc.max_send_message_length': 4 * 1024 * 1024,
    'grpc.max_concurrent_streams': 1_024,
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.max_connection_idle_ms': 15 * 60_000,
    'grpc.max_connection_age_ms': 30 * 60_000,
    'grpc.max_connection_age_grace_ms': streamLifeMs + 60_000,
    'grpc.enable_channelz': 0,
    interceptors: [edge],
  };
}
