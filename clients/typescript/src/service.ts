import { type Caller, call } from './caller.js';
import {
  type Method,
  type MethodDefinition,
  readMethod,
  type ServiceDefinition,
} from './method.js';
import type { CallOptions } from './options.js';
import { type Listing, list } from './page.js';

/** The request of a method as it is given: every field may be left out. */
export type RequestOf<M> = M extends {
  requestType: { fromPartial(object: infer Request): unknown };
}
  ? Request
  : never;

/** The response of a method. */
export type ResponseOf<M> = M extends {
  responseType: { fromPartial(object: never): infer Response };
}
  ? Response
  : never;

/** What a page of this response is a page of. */
type ItemOf<Response> = {
  [Field in keyof Response]: Response[Field] extends readonly (infer Item)[] ? Item : never;
}[keyof Response];

/** What a write is answered with that is known by its request id. */
export type Replayable<Response> = Response & {
  /** True when an earlier request with the same id had been answered so already. */
  readonly replayed: boolean;
};

type IsWrite<M> = M extends { options: { idempotencyLevel: 'IDEMPOTENT' } }
  ? 'requestId' extends keyof RequestOf<M>
    ? true
    : false
  : false;

type Called<M> =
  ResponseOf<M> extends { nextPageToken: string }
    ? Listing<ResponseOf<M>, ItemOf<ResponseOf<M>>>
    : IsWrite<M> extends true
      ? Promise<Replayable<ResponseOf<M>>>
      : Promise<ResponseOf<M>>;

type StreamKey<Methods> = {
  [Key in keyof Methods]: Methods[Key] extends { requestStream: false; responseStream: false }
    ? never
    : Key;
}[keyof Methods];

/** The calls of a service: its methods, but those that stream. Each throws {@link EWalletError}. */
export type ServiceCalls<Service extends ServiceDefinition> = {
  readonly [Key in Exclude<keyof Service['methods'], StreamKey<Service['methods']>>]: (
    request?: RequestOf<Service['methods'][Key]>,
    options?: CallOptions,
  ) => Called<Service['methods'][Key]>;
};

/** Creates the calls of a service from what is generated for it. */
export function createCalls<Service extends ServiceDefinition>(
  caller: Caller,
  service: Service,
): ServiceCalls<Service> {
  const calls = Object.entries<MethodDefinition>(service.methods)
    .filter(([, { requestStream, responseStream }]) => !requestStream && !responseStream)
    .map(([key, definition]) => [key, createCall(caller, readMethod(service, definition))]);
  return Object.fromEntries(calls);
}

function createCall(caller: Caller, method: Method) {
  const { itemsField } = method;
  if (itemsField !== undefined) {
    return (request: { pageToken?: string } = {}, options?: CallOptions) =>
      list(request.pageToken ?? '', itemsField, async (pageToken) => {
        const reply = await call(caller, method, { ...request, pageToken }, options);
        return reply.message;
      });
  }
  return async (request: object = {}, options?: CallOptions) => {
    const { message, replayed } = await call(caller, method, request, options);
    return method.takesRequestId ? { ...message, replayed } : message;
  };
}
