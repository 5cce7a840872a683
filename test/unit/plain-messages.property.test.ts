import { readdirSync } from 'node:fs';
import type { DescMessage } from '@bufbuild/protobuf';
import { fromBinary } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadDescriptors } from '../../src/transport/descriptors.js';
import { compilePlainMessages } from '../../src/transport/plain-messages.js';
import { listMethods } from '../support/api-methods.js';
import { minimalRequest } from '../support/minimal-request.js';
import { requestBytes } from '../support/request-arbitrary.js';

const RUNS = 1_000;

type Generated = { readonly $type: string; decode(bytes: Uint8Array): unknown };

/** The generated code of every message, by the name of its type. */
async function loadGenerated(): Promise<Map<string, Generated>> {
  const found = new Map<string, Generated>();
  for (const folder of ['ewallet/v1', 'ewallet/system/v1']) {
    const url = new URL(`../../generated/${folder}/`, import.meta.url);
    for (const file of readdirSync(url).filter((name) => name.endsWith('_service.ts'))) {
      const exports: Record<string, unknown> = await import(new URL(file, url).pathname);
      for (const value of Object.values(exports)) {
        const { $type, decode } = (value ?? {}) as Partial<Generated>;
        if ($type && decode) found.set($type, value as Generated);
      }
    }
  }
  return found;
}

const generated = await loadGenerated();

function decoderOf(type: DescMessage): Generated {
  const found = generated.get(type.typeName);
  if (!found) throw new Error(`There is no generated code of ${type.typeName}.`);
  return found;
}

const requests = (['public', 'operator'] as const).flatMap((listener) => {
  const { registry } = loadDescriptors(listener);
  const validator = createValidator({ registry });
  return listMethods(listener).map(({ name, input }) => ({ name, input, registry, validator }));
});

test.each(requests)(
  '$name: what passes at once passes the validator',
  ({ input, registry, validator }) => {
    const isPlain = compilePlainMessages(input, registry);
    if (!isPlain) return;
    const { decode } = decoderOf(input);
    fc.assert(
      fc.property(requestBytes(input), (bytes) => {
        let message: unknown;
        try {
          message = decode(bytes);
        } catch {
          // The library refuses it before anyone looks at rules.
          return;
        }
        if (!isPlain(message, bytes)) return;
        const { kind, error } = validator.validate(input, fromBinary(input, bytes));
        expect(kind, String(error)).toBe('valid');
      }),
      { numRuns: RUNS },
    );
  },
);

/** Rare, and its rule compares two fields: left to the validator. */
const RARE = 'WalletService/UnlinkWallet';

test('requests on money and wallets pass at once', () => {
  const slow = requests
    .filter(({ name }) => name.startsWith('WalletService/') && name !== RARE)
    .filter(({ input, registry }) => {
      const bytes = minimalRequest(input, registry);
      return !compilePlainMessages(input, registry)?.(decoderOf(input).decode(bytes), bytes);
    });
  expect(slow.map(({ name }) => name)).toEqual([]);
});
