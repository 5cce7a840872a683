import { expect, test } from 'vitest';
import { loadDescriptors } from '../../src/transport/descriptors.js';
import { describeApiRules } from '../support/api-rules.js';

/** Changed on purpose? `npx vitest run --project unit test/unit/api-rules.test.ts -u`, and look at the difference. */
test.each(['public', 'operator'] as const)(
  'permissions, validation rules, secrecy and idempotency of the %s API change only on purpose',
  async (listener) => {
    const lines = describeApiRules(loadDescriptors(listener));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
      `../support/api-rules.${listener}.txt`,
    );
  },
);
