/** Encodes and decodes one message type: what ts-proto generates. */
export type Codec<T> = {
  readonly $type: string;
  encode(message: T): { finish(): Uint8Array };
  decode(input: Uint8Array): T;
  fromPartial(object: never): T;
};

/** A method as ts-proto generates it. */
export type MethodDefinition = {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the messages of a method are known where its service is.
  readonly requestType: Codec<any>;
  readonly requestStream: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the messages of a method are known where its service is.
  readonly responseType: Codec<any>;
  readonly responseStream: boolean;
  readonly options: { readonly idempotencyLevel?: 'IDEMPOTENT' | 'NO_SIDE_EFFECTS' };
};

/** A service as ts-proto generates it. */
export type ServiceDefinition = {
  readonly name: string;
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
};

/** What the client has to know of a method to call it. */
export type Method = {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly definition: MethodDefinition;
  /** Whether sending it again does no harm: it only reads, is idempotent, or carries a request id. */
  readonly repeatable: boolean;
  /** Whether it is a write that is known by its `request_id`. */
  readonly takesRequestId: boolean;
  /** The field of its response that holds the items of a page; undefined when it gives no pages. */
  readonly itemsField: string | undefined;
};

/** Reads off a generated definition what the client has to know of the method. */
export function readMethod(service: ServiceDefinition, definition: MethodDefinition): Method {
  const { idempotencyLevel } = definition.options;
  const request: object = definition.requestType.fromPartial({} as never);
  const response: Record<string, unknown> = definition.responseType.fromPartial({} as never);
  const paged = 'nextPageToken' in response;
  return {
    path: `/${service.fullName}/${definition.name}`,
    definition,
    repeatable: idempotencyLevel !== undefined,
    takesRequestId: idempotencyLevel === 'IDEMPOTENT' && 'requestId' in request,
    itemsField: paged
      ? Object.keys(response).find((field) => Array.isArray(response[field]))
      : undefined,
  };
}
