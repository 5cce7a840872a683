import { StorageError } from './errors.js';
import type { Tx } from './transaction.js';

/**
 * Advances the sequence by `count` and returns the first of the values taken. The row stays locked until the
 * transaction ends, so that concurrent instances never get the same value.
 *
 * @throws StorageError 'schema' when there is no such sequence.
 */
export async function takeFromSequence(tx: Tx, name: string, count: number): Promise<bigint> {
  const row = () => tx('sequences').where({ name: Buffer.from(name) });
  await row().increment('next_value', count);
  const taken = await row().first<{ next_value: bigint } | undefined>('next_value');
  if (!taken) throw new StorageError('schema', `There is no sequence ${name}: run the migrations.`);
  return taken.next_value - BigInt(count);
}
