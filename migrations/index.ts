import { sequences } from './0001_sequences.js';
import type { Migration } from './schema.js';

/** Every migration, in the order in which they run. Append only. */
export const migrations: readonly Migration[] = [sequences];
