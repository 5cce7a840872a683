import { create, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import type { TsProtoServiceDefinition } from 'nice-grpc';
import type { FieldViolation } from '../model/errors.js';
import { DomainError } from '../model/errors.js';
import type { Descriptors } from './descriptors.js';
import { compilePlainMessages, type PlainMessages } from './plain-messages.js';

/** The received bytes of a request, kept on it: the validator needs them, and nothing else sees a symbol. */
const rawBytes = Symbol('raw bytes');

/** The service, with requests that keep the bytes they were decoded from. */
export function keepRaw<D extends TsProtoServiceDefinition>(definition: D): D {
  const methods = Object.entries(definition.methods).map(([key, method]) => {
    const decode = method.requestType.decode;
    const requestType = {
      ...method.requestType,
      decode(bytes: Uint8Array) {
        const message = decode(bytes);
        message[rawBytes] = bytes;
        return message;
      },
    };
    return [key, { ...method, requestType }];
  });
  return { ...definition, methods: Object.fromEntries(methods) };
}

/** Checks requests against the rules in the protos. */
export type RequestValidator = {
  /** Compiles the rules of a request type. @throws Error when one of them is broken. */
  prepare(type: DescMessage): void;
  /** @throws VALIDATION_FAILED naming each field that breaks a rule. */
  validate(type: DescMessage, request: unknown): void;
};

/**
 * Creates the validator of a listener. Messages that plainly keep their rules pass at once; of all others protovalidate decides.
 * Generated messages are not its own: it decodes the bytes again.
 */
export function createRequestValidator({ registry }: Descriptors): RequestValidator {
  const validator = createValidator({ registry, regexMatch: createPatternMatcher() });
  const plainMessages = new Map<DescMessage, PlainMessages>();
  return {
    prepare(type) {
      const result = validator.validate(type, create(type));
      if (result.kind === 'error') throw result.error;
      const isPlain = compilePlainMessages(type, registry);
      if (isPlain) plainMessages.set(type, isPlain);
    },
    validate(type, request) {
      const bytes = (request as { [rawBytes]: Uint8Array })[rawBytes];
      if (plainMessages.get(type)?.(request, bytes)) return;
      const result = validator.validate(type, decodeStrictly(type, bytes));
      if (result.kind === 'error') throw result.error;
      if (result.kind === 'invalid') throw refuse(result.violations.map(describe));
    },
  };
}

/**
 * Matches the patterns of our protos with the engine's own expressions: they are a few, fixed at build time and without nested
 * repetition, so none can take long, and the library's matcher, made for patterns of strangers, costs several times more.
 */
function createPatternMatcher(): (pattern: string, text: string) => boolean {
  const compiled = new Map<string, RegExp>();
  return (pattern, text) => {
    let expression = compiled.get(pattern);
    if (!expression) {
      expression = new RegExp(pattern, 'u');
      compiled.set(pattern, expression);
    }
    return expression.test(text);
  };
}

/** The generated code lets text that is not UTF-8 pass; this decoder does not. */
function decodeStrictly(type: DescMessage, bytes: Uint8Array) {
  try {
    return fromBinary(type, bytes);
  } catch {
    throw refuse([{ field: '', rule: 'MALFORMED', description: 'the request is not well-formed' }]);
  }
}

function describe({ field, ruleId, message }: Violation): FieldViolation {
  return {
    field: pathToString(field),
    rule: ruleId.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase(),
    description: message,
  };
}

function refuse(fields: FieldViolation[]): DomainError {
  const first = fields[0] ? ` ${fields[0].field}: ${fields[0].description}.` : '';
  return new DomainError(
    'VALIDATION_FAILED',
    `The request breaks the rules of its fields.${first}`,
    {
      fields,
      metadata: { violation_count: String(fields.length) },
    },
  );
}
