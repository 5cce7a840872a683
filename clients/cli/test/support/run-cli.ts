import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The program as it is installed. */
export const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How the program ended. */
export type Run = { code: number | null; stdout: string; stderr: string };

/** What a run may have besides its arguments. */
export type RunOptions = { input?: string; env?: Record<string, string> };

/** Somebody who uses the program: with a configuration folder of their own. */
export type Person = ReturnType<typeof createPerson>;

const temporary: string[] = [];

afterAll(() => {
  for (const folder of temporary.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is removed with the tests of this file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ewallet-cli-test-'));
  temporary.push(folder);
  return folder;
}

/** A configuration folder that is not there yet. */
export function newFolder(): string {
  return join(temporaryFolder(), 'config');
}

/** The environment without settings of EWallet, and with this folder. */
export function environmentOf(folder: string): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('EWALLET_'));
  return { ...Object.fromEntries(kept), NO_COLOR: undefined, EWALLET_CONFIG_DIR: folder };
}

/** Somebody with an empty configuration folder, or with one that is there. */
export function createPerson(folder = newFolder()) {
  function start(args: string[], { env = {} }: RunOptions = {}): ChildProcess {
    return spawn(process.execPath, [program, ...args], {
      env: { ...environmentOf(folder), ...env },
    });
  }

  /** Runs the program without a terminal, to its end. */
  async function run(args: string[], options: RunOptions = {}): Promise<Run> {
    const child = start(args, options);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    // A program that does not read its input may be gone before it is written.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  return {
    folder,
    start,
    run,
    /** Runs the program, which must do what it is asked. @throws Error with all that it wrote when it does not. */
    async must(args: string[], options: RunOptions = {}): Promise<string> {
      const { code, stdout, stderr } = await run(args, options);
      if (code === 0) return stdout;
      throw new Error(`ewallet ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
    },
    /** The document that the program writes with `--json`. */
    async json<T = Record<string, never>>(args: string[], options: RunOptions = {}): Promise<T> {
      return JSON.parse(await this.must([...args, '--json'], options)) as T;
    },
  };
}
