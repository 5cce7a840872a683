import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** An instruction as the predecessor documents it. */
export type Documented = {
  readonly name: string;
  readonly controller: string;
  readonly path: Readonly<Record<string, string>>;
  readonly args: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
  }[];
  readonly response_keys: readonly string[];
  readonly response_shape: Readonly<Record<string, unknown>>;
};

/** All instructions of the predecessor. */
export const documented: readonly Documented[] = JSON.parse(
  readFileSync(new URL('instructions.json', import.meta.url), 'utf8'),
);

/** An answer over HTTP. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body. */
  readonly json: Record<string, unknown>;
};

/** Sends what the test says, whatever it is. */
export async function send(address: string, init: RequestInit, path = ''): Promise<Answer> {
  const url = `http://${address}/ewallet/instruction-set${path}`;
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}

/** Posts an object. */
export function post(
  address: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The keys of replies that tests go on with. */
export type Reply = Tokens &
  Record<'start_timestamp' | 'pause_timestamp', string> &
  Record<
    | 'clock'
    | 'contact_list'
    | 'contact_record'
    | 'conversion_record'
    | 'ewallet'
    | 'ewallet_credits'
    | 'invoice_record'
    | 'time_record'
    | 'transfer_record',
    number
  > & { readonly sheet_data: { readonly records: object } } & {
    readonly subpool: Readonly<Record<string, string>>;
    readonly ctokens: readonly string[];
  } & Readonly<Record<string, unknown>>;

/** Tokens as a client of the predecessor keeps them. */
export type Tokens = { readonly client_id: string; readonly session_token: string };

/** Sends documented instructions by name, checks that their replies are as documented, and remembers which it sent. */
export function createRestClient(address: string) {
  const sent = new Set<string>();

  async function execute(name: string, args: object = {}): Promise<Answer> {
    const { path } = find(name);
    return post(address, { ...path, ...args });
  }

  return {
    sent,
    execute,
    /** Sends it and expects success. */
    async succeed(name: string, args: object = {}): Promise<Reply> {
      const answer = await execute(name, args);
      const { failed, details } = answer.json;
      expect({ name, failed, details }).toEqual({ name, failed: false, details: undefined });
      expect(answer.status).toBe(200);
      expectShape(name, find(name).response_shape, JSON.parse(markFloats(answer.text)));
      sent.add(name);
      return answer.json as Reply;
    },
    /** Sends it and expects a failure for this reason. */
    async fail(name: string, args: object, details: string): Promise<void> {
      const { status, json } = await execute(name, args);
      expect({ status, ...json }).toMatchObject({ status: 200, failed: true, details });
    },
    /** A client token with its session. */
    async openSession(): Promise<Tokens> {
      const { json: client } = await execute('RequestClientID');
      const { client_id } = client as { client_id: string };
      const { json: session } = await execute('RequestSessionToken', { client_id });
      return { client_id, session_token: session.session_token as string };
    },
  };
}

/** What {@link createRestClient} makes. */
export type RestClient = ReturnType<typeof createRestClient>;

function find(name: string): Documented {
  const found = documented.find((instruction) => instruction.name === name);
  if (!found) throw new Error(`There is no instruction ${name}.`);
  return found;
}

/** Numbers with a fraction as text, which JSON.parse would make integers of where the fraction is zero. */
function markFloats(text: string): string {
  return text.replace(/:(-?\d+\.\d+)(?=[,}])/g, ':"<float $1>"');
}

/** Expects exactly the documented keys, and values of the documented types. */
function expectShape(path: string, shape: unknown, value: unknown): void {
  if (typeof shape === 'string') {
    expect([path, typeOf(value)]).toEqual([path, shape === 'null' ? expect.anything() : shape]);
    return;
  }
  if (Array.isArray(shape)) {
    for (const item of value as unknown[]) expectShape(`${path}[]`, shape[0], item);
    return;
  }
  const fields = shape as Record<string, unknown>;
  const keys = Object.keys(fields);
  if (keys.length === 0 || keys[0]?.startsWith('<')) {
    const of = Object.values(fields)[0] ?? 'string';
    for (const [key, item] of Object.entries(value as object)) {
      expectShape(`${path}.${keys[0] === '<email>' ? 'email' : Number(key)}`, of, item);
    }
    return;
  }
  expect([path, Object.keys(value as object).sort()]).toEqual([path, keys.sort()]);
  for (const key of keys) {
    expectShape(`${path}.${key}`, fields[key], (value as Record<string, unknown>)[key]);
  }
}

function typeOf(value: unknown): string {
  if (typeof value === 'string' && value.startsWith('<float ')) return 'float';
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'int' : typeof value;
}
