import { parseArgs } from 'node:util';

/**
 * The directory that a generator writes below: `--out DIR`, or the project itself. Another
 * directory is how freshness is checked beside the tree.
 */
export function outputRoot(): string {
  const { values } = parseArgs({ options: { out: { type: 'string', default: '.' } } });
  return values.out;
}
