import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../../../../test/support/wait-until.js';
import { newFolder, program } from './run-cli.js';

const run = promisify(execFile);

/** Whether there is a tmux to drive. In CI there must be one. */
export function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    const message =
      'tmux is missing: the command line is not tested in a terminal. Install it: apt-get install tmux';
    if (process.env.CI) throw new Error(message);
    console.error(`\n!!! ${message}\n`);
    return false;
  }
}

/** A terminal with a shell in it, in which `ewallet` is the program. */
export type Terminal = Awaited<ReturnType<typeof openTerminal>>;

/** Opens a terminal of 110 columns and 40 lines; it is closed with the test. */
export async function openTerminal(folder = newFolder()) {
  const socket = `ewallet-${randomUUID()}`;
  const tmux = async (...args: string[]) =>
    (await run('tmux', ['-L', socket, '-f', '/dev/null', ...args])).stdout;
  await tmux('new-session', '-d', '-x', '110', '-y', '40', 'env -i bash --norc --noprofile');
  onTestFinished(async () => void (await tmux('kill-server').catch(() => {})));

  let commandCount = 0;
  const terminal = {
    /** All that is on the screen, without empty lines at its end; with escape sequences if wanted. */
    async screen(withColors = false): Promise<string> {
      return (await tmux('capture-pane', '-p', ...(withColors ? ['-e'] : []))).trimEnd();
    },
    /** Types text, and Enter unless told otherwise. */
    async type(text: string, enter = true): Promise<void> {
      if (text) await tmux('send-keys', '-l', '--', text);
      if (enter) await tmux('send-keys', 'Enter');
    },
    /** Presses a key by tmux's name for it, for example `C-c`. */
    async press(key: string): Promise<void> {
      await tmux('send-keys', key);
    },
    /** Waits until the screen shows something, and gives the screen. @throws Error with the screen when it never does. */
    async shows(what: string | RegExp): Promise<string> {
      let screen = '';
      return waitUntil(String(what), async () => {
        screen = await terminal.screen();
        const found = typeof what === 'string' ? screen.includes(what) : what.test(screen);
        return found && screen;
      }).catch((error: Error) => {
        throw new Error(`${error.message} The screen:\n${screen}`);
      });
    },
    /** Runs a command on an empty screen. */
    async run(command: string): Promise<void> {
      commandCount += 1;
      await terminal.type(`clear; ${command}; echo "exit code $?, command ${commandCount}."`);
    },
    /** Waits until the last command has ended with this exit code, and gives the screen. */
    async ended(code: number): Promise<string> {
      // The number tells it from the command before, which may still be on the screen.
      return terminal.shows(`exit code ${code}, command ${commandCount}.`);
    },
  };
  const { HOME = '/', PATH = '', NODE_OPTIONS = '' } = process.env;
  const settings = {
    HOME,
    PATH,
    NODE_OPTIONS,
    TERM: 'screen',
    LANG: 'C.UTF-8',
    PS1: '$ ',
    EWALLET_CONFIG_DIR: folder,
  };
  const exports = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  await terminal.type(`export ${exports.join(' ')}`);
  await terminal.type(`ewallet() { '${process.execPath}' '${program}' "$@"; }; clear; echo ready.`);
  await terminal.shows(/^ready\.$/m);
  return terminal;
}
