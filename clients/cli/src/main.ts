#!/usr/bin/env node
import { createContextFactory } from './commands/context-factory.js';
import { exitCodes } from './errors/exit-codes.js';
import { describeError, formatReport } from './errors/report.js';
import { Interrupted } from './errors/usage-error.js';
import { createProgram } from './program.js';

const interruption = new AbortController();
// The first Ctrl-C lets what is under way end; the second does not wait.
process.once('SIGINT', () => {
  interruption.abort(new Interrupted('Interrupted.'));
  process.once('SIGINT', () => process.exit(exitCodes.interrupted));
});
// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

const argv = process.argv.slice(2);
const contexts = createContextFactory({ env: process.env, argv, signal: interruption.signal });
try {
  await createProgram(contexts.create).parseAsync(process.argv);
} catch (error) {
  const context = contexts.last();
  const report = describeError(error, (requestId) => context?.repeatCommand(requestId) ?? '');
  process.exitCode = report.exitCode;
  if (report.message) {
    const color = context?.options.color === true && process.stderr.isTTY === true;
    const text = argv.includes('--json')
      ? JSON.stringify({ error: report })
      : formatReport(report, color);
    process.stderr.write(`${text}\n`);
  }
} finally {
  await contexts.last()?.api.close();
  // A prompt or a pipe may have left standard input open, which would keep the program waiting.
  process.stdin.destroy();
}
