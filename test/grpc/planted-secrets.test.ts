import { getOption } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ApiMethod,
  createRawClient,
  listMethods,
  type RawClient,
} from '../support/api-methods.js';
import { type Cast, createCast } from '../support/identities.js';
import { minimalRequest } from '../support/minimal-request.js';
import { startServer, type TestServer } from '../support/start-server.js';

/** Fields that may be stored as they are: what somebody tells about itself, and notes. All others are secrets. */
const personal = new Set([
  'name',
  'email',
  'phone',
  'alias',
  'company',
  'address',
  'notes',
  'reference',
  'contact',
]);

/** Every sensitive text field of a request. */
const cases = (['public', 'operator'] as const).flatMap((listener) =>
  listMethods(listener).flatMap((method) =>
    sensitiveTexts(method).map((field) => [`${method.name} ${field}`, method, field] as const),
  ),
);

function sensitiveTexts({ input, registry }: ApiMethod): string[] {
  const option = registry.getExtension('ewallet.options.v1.sensitive');
  if (!option) throw new Error('There is no option "sensitive".');
  return input.fields
    .filter(
      (field) => field.fieldKind === 'scalar' && field.scalar === 9 && getOption(field, option),
    )
    .map(({ name }) => name);
}

let server: TestServer;
let cast: Cast;
let raw: Record<'public' | 'operator', RawClient>;

beforeAll(async () => {
  server = await startServer({ env: { EWALLET_DEFAULT_SUBORDINATE_LIMIT: '100000' } });
  cast = await createCast(server);
  raw = {
    public: createRawClient(server.publicAddress),
    operator: createRawClient(server.operatorAddress),
  };
});

afterAll(() => {
  raw.public.close();
  raw.operator.close();
});

/** A text that fits the field and is nowhere else. */
function plant({ name }: ApiMethod, field: string, count: number): string {
  if (name === 'AccountService/ConfirmTotp') return String(735_190 + count);
  if (field.includes('email')) return `planted-${count}@example.com`;
  return `planted-${count}-Aa1`;
}

/** Whether the text is there as it is, and not as part of a longer number or id. */
function holds(all: string, text: string): boolean {
  return new RegExp(`(?<![0-9A-Za-z-])${text}(?![0-9A-Za-z-])`).test(all);
}

/** Every value of every table, as text: bytes both as they are and in hexadecimal. */
async function tableTexts(): Promise<string> {
  const { engine, knex } = server.db;
  const names: { name: string }[] =
    engine === 'mysql'
      ? await knex('information_schema.tables')
          .whereRaw('table_schema = database()')
          .select('table_name as name')
      : await knex('sqlite_master').where({ type: 'table' }).select('name');
  const texts: string[] = [];
  for (const { name } of names) {
    for (const row of await knex(name).select('*')) {
      for (const value of Object.values(row)) {
        texts.push(Buffer.isBuffer(value) ? value.toString('latin1') : String(value));
      }
    }
  }
  return texts.join('\n');
}

test('what is planted in a sensitive field is in no log line, no error and no table in clear', async () => {
  const planted: { field: string; text: string; where: string }[] = [];
  const errors: string[] = [];
  for (const [count, [where, method, field]] of cases.entries()) {
    const text = plant(method, field, count);
    planted.push({ field, text, where });
    for (const name of cast.names) {
      const { is, sent, given } = await cast.get(name);
      const admitted = method.callers.has('ANYONE') || is.some((kind) => method.callers.has(kind));
      // Somebody whom the method lets in, and somebody whom it does not.
      if (!admitted && name !== 'nobody') continue;
      const request = minimalRequest(method.input, method.registry, { ...given, [field]: text });
      errors.push((await raw[method.listener].call(method, request, sent)).text);
      if (admitted && !method.readsOnly) await cast.spend(name);
    }
  }
  expect(planted.length).toBeGreaterThan(20);
  const logs = server.logs.join('\n');
  const told = errors.join('\n');
  const tables = await tableTexts();
  // The search finds what may be there.
  expect(holds(tables, planted.find(({ field }) => field === 'name')?.text ?? '')).toBe(true);
  const leaks = planted.flatMap(({ field, text, where }) => [
    ...(holds(logs, text) ? [`${where} is in the log`] : []),
    ...(holds(told, text) ? [`${where} is in an error`] : []),
    ...(!personal.has(field) && holds(tables, text) ? [`${where} is in a table`] : []),
  ]);
  expect(leaks).toEqual([]);
}, 180_000);
