import {
  create,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from '@bufbuild/protobuf';
import { getRegistry } from '../api/api.js';
import type { RequestJson } from '../commands/request.js';
import { UsageError } from '../errors/usage-error.js';

/*
 * The client library has types for programmers, ProtoJSON is for everybody. Between the two stands the descriptor: what the
 * one calls `{ $case, value }` and `string[]` of a mask, the other calls a field and a text.
 */

type Values = Record<string, unknown>;

/** A request of the client library from ProtoJSON. @throws UsageError when it does not fit. */
export function toRequest(message: DescMessage, json: RequestJson): object {
  try {
    const parsed = fromJson(message, json as JsonValue, { registry: getRegistry() });
    return toClient(message, parsed as Message & Values);
  } catch (error) {
    throw new UsageError(`The request does not fit ${message.name}: ${(error as Error).message}`);
  }
}

/** ProtoJSON from a message of the client library: fields that are empty or zero are there, too. */
export function fromReply(message: DescMessage, reply: object): RequestJson {
  const parsed = fromClient(message, reply as Values);
  const options = { registry: getRegistry(), alwaysEmitImplicit: true };
  return toJson(message, parsed, options) as RequestJson;
}

function toClient(desc: DescMessage, message: Message & Values): Values {
  const values: Values = {};
  for (const member of desc.members) {
    if (member.kind === 'oneof') {
      const chosen = message[member.localName] as { case?: string; value?: unknown };
      const field = member.fields.find(({ localName }) => localName === chosen.case);
      if (field) {
        const value = mapValue(field, chosen.value, toClientMessage);
        values[member.localName] = { $case: field.localName, value };
      }
    } else {
      const value = message[member.localName];
      if (value !== undefined) values[member.localName] = mapValue(member, value, toClientMessage);
    }
  }
  return values;
}

function toClientMessage(desc: DescMessage, value: Values): unknown {
  if (desc.typeName === 'google.protobuf.FieldMask') return value.paths;
  return toClient(desc, value as Message & Values);
}

function fromClient(desc: DescMessage, values: Values): Message {
  const init: Values = {};
  for (const member of desc.members) {
    const value = values[member.localName];
    if (value === undefined) continue;
    if (member.kind === 'oneof') {
      const chosen = value as { $case: string; value: unknown };
      const field = member.fields.find(({ localName }) => localName === chosen.$case);
      if (!field) continue;
      const inner = mapValue(field, chosen.value, fromClientMessage);
      init[member.localName] = { case: field.localName, value: inner };
    } else {
      init[member.localName] = mapValue(member, value, fromClientMessage);
    }
  }
  return create(desc, init as never);
}

function fromClientMessage(desc: DescMessage, value: Values): unknown {
  if (desc.typeName === 'google.protobuf.FieldMask') return create(desc, { paths: value } as never);
  return fromClient(desc, value);
}

/** A value with what is a message in it, alone or in a list, changed. */
function mapValue(
  field: DescField,
  value: unknown,
  change: (desc: DescMessage, value: Values) => unknown,
): unknown {
  const { message } = field;
  if (!message) return value;
  if (Array.isArray(value) && field.fieldKind === 'list') {
    return value.map((item) => change(message, item as Values));
  }
  return change(message, value as Values);
}
