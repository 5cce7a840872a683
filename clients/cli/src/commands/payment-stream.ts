import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { findMethod } from '../api/api.js';
import { exitCodes } from '../errors/exit-codes.js';
import { UsageError } from '../errors/usage-error.js';
import { groupDigits, type Json } from '../output/format.js';
import { startLiveView } from '../output/live.js';
import type { Context, ContextFactory } from './context.js';
import type { RequestJson } from './request.js';

type Tally = { applied: number; refused: number; unknown: number };

/** `ewallet wallet stream`: many orders down one stream, from a file or a pipe of JSON lines. */
export function createPaymentStreamCommand(createContext: ContextFactory): Command {
  const command = new Command('stream')
    .description(
      'Pay, transfer and supply down one stream: a line of JSON for each order, as the API has them (StreamPaymentsRequest), for example {"requestId": "…", "pay": {"payeeEmail": "bob@example.com", "credits": "120"}}. Each order needs a requestId, so that the file can be sent again after a break: --make-ids adds them. Answers are lines of JSON.',
    )
    .argument('[file]', 'File of JSON lines; standard input when left out')
    .option('--make-ids', 'Send nothing: write the orders with request ids, to be kept and sent')
    .action(async (file: string | undefined) => {
      const context = createContext(command.optsWithGlobals());
      const orders = readOrders(file);
      if (command.opts<{ makeIds?: boolean }>().makeIds) {
        for await (const order of orders)
          context.printer.jsonLine({ requestId: randomUUID(), ...order });
        return;
      }
      process.exitCode = exitCodeOf(await sendOrders(context, requireIds(orders)));
    });
  return command;
}

async function sendOrders(context: Context, orders: AsyncIterable<RequestJson>): Promise<Tally> {
  const { printer } = context;
  const tally: Tally = { applied: 0, refused: 0, unknown: 0 };
  const words = () =>
    `${groupDigits(String(tally.applied))} applied, ${tally.refused} refused${tally.unknown ? `, ${tally.unknown} with unknown outcome: send the file again` : ''}`;
  // Answers on a terminal would hide the count.
  const live = printer.terminal ? await startLiveView(process.stdout, words, 200) : undefined;
  try {
    const method = findMethod('WalletService.StreamPayments');
    for await (const { requestId, replayed, operation, error } of context.api.payments(
      method,
      orders,
    )) {
      const outcome = operation ? 'applied' : error?.outcomeUnknown ? 'unknown' : 'refused';
      tally[outcome] += 1;
      const refusal = {
        code: error?.code ?? '',
        reason: error?.reason ?? '',
        message: error?.message ?? '',
      };
      const told: Json = {
        requestId,
        replayed,
        outcome,
        ...(operation ? { operationId: operation.operationId } : refusal),
      };
      if (!live) printer.jsonLine(told);
      else if (!operation) printer.note(`${requestId}  ${refusal.reason}: ${refusal.message}`);
    }
  } finally {
    live?.stop();
  }
  if (!live) printer.note(words());
  return tally;
}

/** Orders one by one; the file is never in memory as a whole. @throws UsageError that names the line. */
async function* readOrders(file: string | undefined): AsyncGenerator<RequestJson> {
  const input = file ? createReadStream(file) : process.stdin;
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  failed.catch(() => {});
  const lines = createInterface({ input })[Symbol.asyncIterator]();
  for (let number = 1; ; number += 1) {
    const next = await Promise.race([lines.next(), failed]).catch((error: Error) => {
      throw new UsageError(`The orders cannot be read: ${error.message}`);
    });
    if (next.done) return;
    if (next.value.trim()) yield parseOrder(next.value, number);
  }
}

function parseOrder(line: string, number: number): RequestJson {
  try {
    const order: unknown = JSON.parse(line);
    if (order !== null && typeof order === 'object' && !Array.isArray(order))
      return order as RequestJson;
  } catch {
    // Told below, as for JSON that is no order.
  }
  throw new UsageError(`Line ${number} is not a JSON object.`);
}

async function* requireIds(orders: AsyncIterable<RequestJson>): AsyncGenerator<RequestJson> {
  let number = 0;
  for await (const order of orders) {
    number += 1;
    if (!order.requestId) {
      throw new UsageError(
        `Order ${number} has no requestId.`,
        'Add them first, and keep the file: ewallet wallet stream --make-ids orders.jsonl > orders-to-send.jsonl',
      );
    }
    yield order;
  }
}

function exitCodeOf({ refused, unknown }: Tally): number {
  if (unknown) return exitCodes.unavailable;
  return refused ? exitCodes.refused : exitCodes.ok;
}
