import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import type { Bench } from '../harness/bench.js';
import { describeSettings } from '../harness/ewallet-server.js';

/** What figures depend on. */
export type Environment = {
  readonly date: string;
  /** The commit measured, marked when files differed from it. */
  readonly commit: string;
  readonly machine: string;
  readonly versions: string;
  readonly settings: readonly string[];
  readonly databases: readonly string[];
};

const LIBRARIES = ['@grpc/grpc-js', 'nice-grpc', 'knex', 'mysql2', 'better-sqlite3'];

/** Describes this machine and what runs on it. */
export async function describeEnvironment(bench: Bench): Promise<Environment> {
  const databases: string[] = [];
  for (const engine of bench.engines) databases.push((await bench.host(engine)).description);
  const kernel = release().split('.').slice(0, 2).join('.');
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: describeCommit(),
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${memory} GiB, ${type()} ${kernel} ${arch()}; load generator, server and database side by side`,
    versions: [`Node ${process.versions.node}`, ...LIBRARIES.map(versionOf)].join(', '),
    settings: describeSettings(),
    databases,
  };
}

function versionOf(library: string): string {
  const file = new URL(`../../node_modules/${library}/package.json`, import.meta.url);
  return `${library} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
}

function describeCommit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--', 'src', 'bench', 'generated', 'migrations');
    return git('rev-parse', '--short=12', 'HEAD') + (changed === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}
