import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { findProgram } from '../../test/support/find-mysql.js';
import type { Tool } from './suites.js';

/** What of these tools is not here or too old, each as words for the reader: `go 1.26 (there is 1.19)`. */
export function missingTools(tools: readonly Tool[]): string[] {
  return tools.flatMap(({ program, version }) => {
    const wanted = version ? `${program} ${version.least}` : program;
    if (!findProgram(program)) return [wanted];
    if (!version) return [];
    const { stdout, stderr } = spawnSync(program, version.args, { encoding: 'utf8' });
    const words = stripVTControlCharacters(`${stdout}${stderr}`);
    const found = /\d+(\.\d+)*/.exec(words)?.[0] ?? 'one that tells no version';
    return isAtLeast(found, version.least) ? [] : [`${wanted} (there is ${found})`];
  });
}

/** Whether one version, numbers between dots, is as new as the other. */
export function isAtLeast(version: string, least: string): boolean {
  const [found, wanted] = [version, least].map((text) => text.split('.').map(Number));
  for (const [at, number] of (wanted ?? []).entries()) {
    const other = found?.[at] ?? 0;
    if (other !== number) return other > number;
  }
  return true;
}
