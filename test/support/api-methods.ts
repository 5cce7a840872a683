import {
  type DescMessage,
  type DescMethod,
  type DescService,
  type FileRegistry,
  fromBinary,
  getOption,
  toBinary,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type AccessRule, Caller, Listener } from '../../generated/ewallet/options/v1/options.js';
import { ErrorInfo } from '../../generated/google/rpc/error_details.js';
import { Status as RpcStatus } from '../../generated/google/rpc/status.js';
import { loadDescriptors } from '../../src/transport/descriptors.js';
import { as, type CallerCredentials } from './clients.js';

/** A method as its descriptor tells it, and its access rule, read by nothing of ours. */
export type ApiMethod = {
  readonly name: string;
  readonly path: string;
  readonly listener: 'public' | 'operator';
  readonly kind: DescMethod['methodKind'];
  readonly input: DescMessage;
  readonly output: DescMessage;
  /** Whether it changes nothing, as it says itself. */
  readonly readsOnly: boolean;
  readonly registry: FileRegistry;
  /** Names of the callers without their prefix. */
  readonly callers: ReadonlySet<string>;
  readonly whilePendingRemoval: boolean;
  readonly whileFrozen: boolean;
  /** Whether a request id is looked up before the standing of the caller counts. */
  readonly standingLast: boolean;
};

/** What came of a call: `OK`, or the reason of ErrorInfo, else the name of the status; with the whole answer as text. */
export type Answer = { readonly reason: string; readonly text: string };

const listeners = { public: Listener.LISTENER_PUBLIC, operator: Listener.LISTENER_OPERATOR };

/** Every method that a listener serves besides health and reflection, in the order of the descriptor. */
export function listMethods(listener: 'public' | 'operator'): ApiMethod[] {
  const { registry } = loadDescriptors(listener);
  const extension = registry.getExtension('ewallet.options.v1.access');
  if (!extension) throw new Error('There are no access rules.');
  return (
    [...registry]
      .filter(
        (type): type is DescService => type.kind === 'service' && /^ewallet\./.test(type.typeName),
      )
      .flatMap((service) => service.methods)
      .map((method) => ({ method, rule: getOption(method, extension) as unknown as AccessRule }))
      // What the protos of a listener import may have services of the other one.
      .filter(({ rule }) => rule.listener === listeners[listener])
      .map(({ method, rule }) => {
        return {
          name: `${method.parent.name}/${method.name}`,
          path: `/${method.parent.typeName}/${method.name}`,
          listener,
          kind: method.methodKind,
          input: method.input,
          output: method.output,
          readsOnly: method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
          registry,
          callers: new Set(rule.callers.map((caller) => Caller[caller].slice('CALLER_'.length))),
          whilePendingRemoval: rule.whilePendingRemoval,
          whileFrozen: rule.whileFrozen,
          standingLast: method.input.fields.some(({ name }) => name === 'request_id'),
        };
      })
  );
}

/** Calls methods by their descriptors alone. */
export type RawClient = {
  call(method: ApiMethod, request: Uint8Array, sent: CallerCredentials): Promise<Answer>;
  close(): void;
};

/**
 * Creates a client of a listener. A stream counts as OK when it gives a message, or ends without an error; a message that carries a status
 * counts as that status.
 */
export function createRawClient(address: string): RawClient {
  const client = new Client(address, credentials.createInsecure());
  const encode = (bytes: Uint8Array) => Buffer.from(bytes);
  const decode = (bytes: Buffer) => bytes;
  return {
    call: ({ path, kind, output }, request, sent) =>
      new Promise((resolve) => {
        const metadata = toMetadata(sent);
        const settle = (error?: ServiceError | null) => resolve(toAnswer(error));
        const read = (
          stream: ReturnType<typeof client.makeServerStreamRequest<Uint8Array, Buffer>>,
        ) => {
          stream.on('data', (message: Buffer) => {
            resolve(answerIn(output, message));
            stream.cancel();
          });
          stream.on('error', settle);
          stream.on('end', () => settle());
        };
        if (kind === 'unary') {
          client.makeUnaryRequest(path, encode, decode, request, metadata, settle);
        } else if (kind === 'server_streaming') {
          read(client.makeServerStreamRequest(path, encode, decode, request, metadata));
        } else {
          const stream = client.makeBidiStreamRequest(path, encode, decode, metadata);
          read(stream);
          stream.write(request);
          stream.end();
        }
      }),
    close: () => client.close(),
  };
}

function toMetadata(sent: CallerCredentials): Metadata {
  const metadata = new Metadata();
  for (const [key, values] of as(sent).metadata) {
    for (const value of values) metadata.add(key, value as string);
  }
  return metadata;
}

function toAnswer(error: ServiceError | null | undefined): Answer {
  if (!error) return { reason: 'OK', text: 'OK' };
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const { code, details } = error;
  return answerOf(code, details, bytes instanceof Buffer ? RpcStatus.decode(bytes) : undefined);
}

/** The status that a message of a stream carries, if it does. */
function answerIn(type: DescMessage, bytes: Buffer): Answer {
  const message = reflect(type, fromBinary(type, bytes));
  for (const field of type.fields) {
    if (field.fieldKind !== 'message' || field.message.typeName !== 'google.rpc.Status') continue;
    if (!message.isSet(field)) continue;
    const status = RpcStatus.decode(toBinary(field.message, message.get(field).message));
    return answerOf(status.code, status.message, status);
  }
  return toAnswer(null);
}

function answerOf(code: number, message: string, status: RpcStatus | undefined): Answer {
  const info = status?.details.find(({ typeUrl }) => typeUrl.endsWith('/google.rpc.ErrorInfo'));
  const { reason, metadata } = info ? ErrorInfo.decode(info.value) : { reason: '', metadata: {} };
  const text = [code, message, reason, JSON.stringify(metadata)].join(' ');
  return { reason: reason || message, text };
}
