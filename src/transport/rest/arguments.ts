import { malformed } from './failures.js';

/**
 * The type of an argument. Credits are whole and minutes have a fraction; both come as numbers or decimal text. The others are
 * what their names say; ids and counts (`int`) may be text too, as they are when they were taken from the keys of a reply.
 */
export type ArgumentType = 'string' | 'int' | 'bool' | 'credits' | 'cost' | 'minutes' | 'object';

/** An argument of an instruction. */
export type Argument = { readonly type: ArgumentType; readonly required: boolean };

/** The arguments of an instruction by name. */
export type Arguments = { readonly [name: string]: Argument };

/** What an argument is read as. Minutes become milliseconds. */
type Values = {
  string: string;
  int: bigint;
  bool: boolean;
  credits: bigint;
  cost: string;
  minutes: bigint;
  object: Readonly<Record<string, unknown>>;
};

/** The arguments as they are read; those that need not be sent are undefined then. */
export type Given<A extends Arguments> = {
  readonly [K in keyof A]: A[K]['required'] extends true
    ? Values[A[K]['type']]
    : Values[A[K]['type']] | undefined;
};

/** An argument that has to be sent. */
export function required<const T extends ArgumentType>(type: T) {
  return { type, required: true } as const;
}

/** An argument that may be left out; null counts as left out. */
export function optional<const T extends ArgumentType>(type: T) {
  return { type, required: false } as const;
}

/** Reads the arguments of an instruction and nothing else. @throws InstructionFailure */
export function readArguments<A extends Arguments>(
  specified: A,
  body: Readonly<Record<string, unknown>>,
): Given<A> {
  const entries = Object.entries(specified).map(([name, { type, required }]) => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    if (value === undefined || value === null) {
      if (required) throw malformed(`${name} is missing.`, 'MISSING_ARGUMENT');
      return [name, undefined];
    }
    const read = readers[type](value);
    if (read === undefined) throw malformed(`${name} ${demands[type]}.`, 'WRONG_TYPE');
    return [name, read];
  });
  return Object.fromEntries(entries) as Given<A>;
}

const demands: Record<ArgumentType, string> = {
  string: 'must be text',
  int: 'must be a whole number',
  bool: 'must be true or false',
  credits: 'must be a whole number of credits, as a number or as decimal text',
  cost: 'must be a number with at most nine decimals, as a number or as decimal text',
  minutes: 'must be a number of minutes, as a number or as decimal text',
  object: 'must be an object',
};

/** At most so many milliseconds are exact in a number that has been multiplied. */
const MAX_MINUTES = 1e11;

const readers: { [T in ArgumentType]: (value: unknown) => Values[T] | undefined } = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  int: (value) => readWhole(value, /^\d{1,19}$/),
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  credits: (value) => readWhole(value, /^-?\d{1,19}(\.0+)?$/),
  cost: (value) => {
    const text = typeof value === 'number' ? value.toFixed(9) : value;
    return typeof text === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? text : undefined;
  },
  minutes: (value) => {
    const text = typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value);
    const minutes = text ? Number(value) : value;
    if (typeof minutes !== 'number' || Math.abs(minutes) > MAX_MINUTES) return undefined;
    return BigInt(Math.round(minutes * 60_000));
  },
  object: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined,
};

/** A number that JSON could not keep is refused, not rounded, and so is one that no integer of the service holds. */
function readWhole(value: unknown, text: RegExp): bigint | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return undefined;
  const written = typeof value === 'number' ? String(value) : value;
  if (typeof written !== 'string' || !text.test(written)) return undefined;
  const whole = BigInt(written.replace(/\..*$/, ''));
  return whole === BigInt.asIntN(64, whole) ? whole : undefined;
}
