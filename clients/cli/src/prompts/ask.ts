import { Interrupted, UsageError } from '../errors/usage-error.js';

/** Says what is wrong with an answer, or nothing. */
export type Check = (answer: string) => string | undefined;

/** Whether there is somebody to ask: both ends are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Loaded when somebody is asked: most commands ask nothing and start sooner without. */
const loadPrompts = () => import('@clack/prompts');

// The result of a command may go into a file: questions are asked beside it.
const streams = { input: process.stdin, output: process.stderr, withGuide: false };

/** Asks for a line of text, again until it passes. @throws Interrupted on Ctrl-C. */
export async function askText(message: string, check?: Check, initial?: string): Promise<string> {
  const { text } = await loadPrompts();
  return answer<string>(
    await text({
      ...streams,
      message,
      ...(initial ? { initialValue: initial } : {}),
      validate: (value) => checked(value, check),
    }),
  );
}

/** Asks for a secret, shown as dots, again until it passes. @throws Interrupted on Ctrl-C. */
export async function askSecret(message: string, check?: Check): Promise<string> {
  const { password } = await loadPrompts();
  return answer<string>(
    await password({ ...streams, message, validate: (value) => checked(value, check) }),
  );
}

/**
 * Asks to confirm; without a terminal `--yes` must have said it.
 *
 * @throws UsageError when the answer is no, or nobody can be asked.
 */
export async function askToConfirm(message: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!canAsk())
    throw new UsageError(`${message} Nobody is here to ask.`, 'Confirm it with --yes.');
  const { confirm } = await loadPrompts();
  const agreed = answer(await confirm({ ...streams, message, initialValue: false }));
  if (!agreed) throw new UsageError('Nothing was done.');
}

function checked(value: string | undefined, check?: Check): string | undefined {
  if (!value) return 'Something must be written here. Ctrl-C leaves.';
  return check?.(value);
}

function answer<T extends string | boolean>(value: T | symbol): T {
  if (typeof value === 'symbol') throw new Interrupted('Interrupted.');
  return value;
}
