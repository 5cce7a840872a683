import { Command } from 'commander';
import { findMessage, findMethod } from '../api/api.js';
import { parseInteger } from '../api/values.js';
import { exitCodes } from '../errors/exit-codes.js';
import { durationMs, formatDuration, groupDigits, type Json } from '../output/format.js';
import { drawBar, type LiveView, startLiveView } from '../output/live.js';
import type { Context, ContextFactory } from './context.js';
import type { RequestJson } from './request.js';

type VerifyOptions = { incremental?: boolean; maxDifferences?: string };

/** `ewallet verify`: proves the ledger; exit code 7 unless it is verified. */
export function createVerifyCommand(createContext: ContextFactory): Command {
  const command = new Command('verify')
    .description(
      'Prove the ledger: every balance, version and record is derived again from the entries. Runs while the service runs. Exit code 7 when there are differences, or it did not get to the end.',
    )
    .option(
      '--incremental',
      'Only what came since the last run that was whole and found no difference',
    )
    .option('--max-differences <number>', 'How many differences to show at most; all are counted')
    .action(async () => {
      const context = createContext(command.optsWithGlobals());
      const reply = await runVerify(context, command.opts());
      report(context, reply);
      if (reply.verified !== true) process.exitCode = exitCodes.differences;
    });
  return command;
}

async function runVerify(context: Context, options: VerifyOptions): Promise<RequestJson> {
  const { incremental, maxDifferences } = options;
  const request: RequestJson = {
    mode: incremental ? 'VERIFY_LEDGER_MODE_INCREMENTAL' : 'VERIFY_LEDGER_MODE_FULL',
    ...(maxDifferences
      ? { maxDifferences: Number(parseInteger(maxDifferences, '--max-differences')) }
      : {}),
  };
  const bar = await startProgress(incremental ? undefined : context.profile.verifyMs);
  try {
    const { reply } = await context.api.call(findMethod('SystemService.VerifyLedger'), request);
    const tookMs = durationMs(String(reply.runDuration ?? '0s'));
    if (!incremental && reply.complete === true) context.save({ verifyMs: tookMs });
    return reply;
  } finally {
    bar.stop();
  }
}

/** The server answers once, at the end: until then the bar shows how far the last whole run was after as much time. */
async function startProgress(lastMs: number | undefined): Promise<LiveView> {
  if (process.stderr.isTTY !== true) return { stop() {} };
  const startMs = performance.now();
  return startLiveView(
    process.stderr,
    () => {
      const tookMs = performance.now() - startMs;
      const took = `Verifying the ledger: ${formatDuration(tookMs)}`;
      if (!lastMs) return `${drawBar((tookMs / 5_000) % 1)}  ${took}`;
      // A book that has grown takes longer than it did: never say that it is done before it is.
      const fraction = Math.min(0.99, tookMs / lastMs);
      return `${drawBar(fraction)}  ${took}, the last run took ${formatDuration(lastMs)}`;
    },
    200,
  );
}

function report({ printer }: Context, reply: RequestJson): void {
  if (!printer.terminal) {
    printer.reply(findMethod('SystemService.VerifyLedger').output, reply);
    return;
  }
  const count = (name: string) => groupDigits(String(reply[name] ?? 0));
  const read = `${count('accountCount')} accounts, ${count('entryCount')} entries, ${count('operationCount')} operations and ${count('recordCount')} records read in ${formatDuration(durationMs(String(reply.runDuration ?? '0s')))}.`;
  if (reply.verified === true) printer.tell(`The ledger is verified. ${read}`);
  else {
    const verdict =
      reply.complete === true
        ? `${count('differenceCount')} differences.`
        : 'The run did not get to the end: run it again.';
    printer.line(`${printer.paint('red', '✗')} ${verdict} ${read}`);
    const differences = (reply.differences ?? []) as Json[];
    if (differences.length)
      printer.list(findMessage('ewallet.system.v1.LedgerDifference'), differences);
  }
  for (const warning of (reply.warnings ?? []) as string[]) {
    printer.note(`${printer.paint('yellow', 'Note:')} ${warning}`);
  }
}
