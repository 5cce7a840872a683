import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** The log: one JSON line per event. Never given a request or a response. */
export type Logger = PinoLogger;

/** Names of things that are never logged, whoever forgets it. */
const DENIED_KEYS = [
  'authorization',
  'password',
  'secret',
  'token',
  'key',
  'credentials',
  'cookie',
  'bearer',
  'clientId',
  'sessionToken',
  'acquireKey',
  'backendKey',
  'operatorKey',
  'registrationKey',
  'email',
  'notes',
  'request',
  'response',
  'metadata',
  'databaseUrl',
];

const MASKED_DEPTH = 3;

/**
 * Creates the log, on standard output unless `destination` says otherwise. Values under denied and `sensitive` names
 * are masked, and what lies deeper than three levels is left out.
 */
export function createLogger(options: {
  level: string;
  /** Further names to mask: the fields that the API marks as sensitive, in camel case. */
  sensitive?: Iterable<string>;
  destination?: DestinationStream;
}): Logger {
  const denied = new Set(
    [...DENIED_KEYS, ...(options.sensitive ?? [])].flatMap((name) => [name, toSnakeCase(name)]),
  );
  return pino(
    {
      level: options.level,
      base: { service: 'ewallet' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (event) => mask(event, denied, MASKED_DEPTH) as Record<string, unknown>,
      },
      serializers: { error: describeError },
    },
    options.destination,
  );
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Pino's own redaction takes 40 µs a line with this many names; this takes one. */
function mask(value: unknown, denied: ReadonlySet<string>, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth === 0) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => mask(item, denied, depth - 1));
  const masked: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    masked[key] = denied.has(key) ? '[redacted]' : mask(item, denied, depth - 1);
  }
  return masked;
}

/** What the log tells of an error and of its causes. */
type ErrorDescription = {
  type: string;
  message: string;
  code?: string | number;
  reason?: string;
  kind?: string;
  stack?: string;
  cause?: ErrorDescription;
};

/**
 * Describes an error and its causes for the log. The text of an error with a driver's or the system's `code` or
 * `errno` may hold values of a statement, so only that code and the place are told.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error' };
  const { code, errno, reason, kind } = error as Error & {
    [key in 'code' | 'errno' | 'reason' | 'kind']?: string | number;
  };
  const foreign = code !== undefined || errno !== undefined;
  const number = code ?? errno;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: foreign ? '[withheld]' : error.message,
    ...(number === undefined ? {} : { code: number }),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(frames ? { stack: frames.join('\n') } : {}),
    ...(error.cause === undefined || depth >= 5
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}
