/**
 * The shape of a reply, written as the predecessor documents it: the type of each key. It drives the writing of a reply, so that
 * a reply has exactly its keys, numbers typed float always have a fraction, and integers beyond 2^53 keep their digits.
 */
export type Shape = 'string' | 'int' | 'float' | 'bool' | MapShape | ListShape | Fields;

/** An object whose keys are not fixed: ids or e-mail addresses. */
export type MapShape = { readonly kind: 'map'; readonly of: Shape };

/** An array. */
export type ListShape = { readonly kind: 'list'; readonly of: Shape };

/** An object with fixed keys. */
export type Fields = { readonly fields: { readonly [key: string]: Shape } };

/** What a shape is filled with. Anything may be missing: it is written as null. */
export type Filled<S> = S extends 'string'
  ? string | null
  : S extends 'int'
    ? bigint | number | null
    : S extends 'float'
      ? number | null
      : S extends 'bool'
        ? boolean
        : S extends { readonly kind: 'map'; readonly of: infer T }
          ? ReadonlyMap<bigint | string, Filled<T>>
          : S extends { readonly kind: 'list'; readonly of: infer T }
            ? readonly Filled<T>[]
            : S extends { readonly fields: infer F }
              ? { readonly [K in keyof F]: Filled<F[K]> } | null
              : never;

/** The shape of an object that maps ids or addresses to values. */
export function mapOf<const S extends Shape>(of: S): { readonly kind: 'map'; readonly of: S } {
  return { kind: 'map', of };
}

/** The shape of an array. */
export function listOf<const S extends Shape>(of: S): { readonly kind: 'list'; readonly of: S } {
  return { kind: 'list', of };
}

/** The shape of an object with fixed keys. */
export function fieldsOf<const F extends Fields['fields']>(fields: F): { readonly fields: F } {
  return { fields };
}

/** Writes a value in its shape as JSON. */
export function writeReply(shape: Shape, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof shape === 'string') return writePlain(shape, value);
  if ('fields' in shape) return writeFields(shape.fields, value as Record<string, unknown>);
  if (shape.kind === 'list') {
    return `[${(value as unknown[]).map((item) => writeReply(shape.of, item)).join()}]`;
  }
  const entries = [...(value as Map<bigint | string, unknown>)];
  return `{${entries.map(([key, item]) => `${JSON.stringify(String(key))}:${writeReply(shape.of, item)}`).join()}}`;
}

function writePlain(shape: 'string' | 'int' | 'float' | 'bool', value: unknown): string {
  if (shape !== 'float') return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return Number.isInteger(value) ? `${value}.0` : JSON.stringify(value);
}

function writeFields(fields: Fields['fields'], value: Record<string, unknown>): string {
  const parts = Object.entries(fields).map(
    ([key, shape]) => `${JSON.stringify(key)}:${writeReply(shape, value[key])}`,
  );
  return `{${parts.join()}}`;
}

/** The shape as plain data, for people to read: `<id>` stands for the keys of a map. */
export function describeShape(shape: Shape): unknown {
  if (typeof shape === 'string') return shape;
  if ('fields' in shape) {
    const entries = Object.entries(shape.fields).map(([key, of]) => [key, describeShape(of)]);
    return Object.fromEntries(entries);
  }
  return shape.kind === 'list' ? [describeShape(shape.of)] : { '<id>': describeShape(shape.of) };
}
