import type { DescMethod } from '@bufbuild/protobuf';
import { Command, Option } from 'commander';
import { findMethod } from '../api/api.js';
import { parseInteger } from '../api/values.js';
import { UsageError } from '../errors/usage-error.js';
import type { Json } from '../output/format.js';
import { createPrinter } from '../output/printer.js';
import type { Context, ContextFactory } from './context.js';
import { exportRecords } from './export-records.js';
import { itemsField, readItems } from './pages.js';
import {
  addFilterOptions,
  createFilter,
  type FilterOptions,
  type RecordFilter,
} from './record-filter.js';
import type { RequestJson } from './request.js';

const kinds = [
  { name: 'transfer', method: 'TransferSheetService.ListTransferRecords', from: 'sheet' },
  { name: 'invoice', method: 'InvoiceSheetService.ListInvoiceRecords', from: 'sheet' },
  { name: 'conversion', method: 'ConversionSheetService.ListConversionRecords', from: 'sheet' },
  { name: 'time', method: 'TimeSheetService.ListTimeRecords', from: 'sheet' },
  { name: 'entries', method: 'WalletService.ListEntries', from: 'wallet' },
] as const;

const usualLimit = 50;

type RecordsOptions = FilterOptions & {
  limit?: string;
  all?: boolean;
  columns?: string;
  export?: 'csv' | 'json';
  output?: string;
  force?: boolean;
};

/** `ewallet records`: records of all kinds, filtered, on the screen or into a file. */
export function createRecordsCommand(createContext: ContextFactory): Command {
  const records = new Command('records').description(
    'Records of credits and time, newest first: filter them, export them as CSV or JSON.',
  );
  for (const { name, method: methodName, from } of kinds) {
    const method = findMethod(methodName);
    const command = new Command(name)
      .description(
        name === 'entries'
          ? 'Ledger entries of a wallet: every movement of credits, in the order of the book.'
          : `Records of ${name === 'invoice' ? 'invoices' : `${name}s`} on a sheet.`,
      )
      .argument(`[${from}-id]`, `The ${from}; the active one when left out`);
    addFilterOptions(command, method);
    command
      .addOption(new Option('--all', 'All that match').conflicts('limit'))
      .option('--limit <number>', `At most so many; ${usualLimit} by default, all when exporting`)
      .option('--columns <names>', 'Columns to show, separated by commas')
      .addOption(new Option('--export <format>', 'Write all fields').choices(['csv', 'json']))
      .option('--output <file>', 'Export into this file instead of standard output')
      .option('--force', 'Overwrite the file')
      .action(async (id: string | undefined) => {
        const context = createContext(command.optsWithGlobals());
        await runRecords(context, method, { [`${idField(method)}`]: id ?? '' }, command.opts());
      });
    records.addCommand(command);
  }
  return records;
}

function idField(method: DescMethod): string {
  return method.input.fields.find(({ name }) => name.endsWith('_id'))?.jsonName ?? '';
}

async function runRecords(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  options: RecordsOptions,
): Promise<void> {
  const { message, jsonName } = itemsField(method);
  if (options.output && !options.export)
    throw new UsageError('--output needs --export csv or json.');
  const unlimited = options.all || (options.export && !options.limit);
  const limit = unlimited
    ? Number.POSITIVE_INFINITY
    : Number(parseInteger(options.limit ?? String(usualLimit), '--limit'));
  const matches = filterRecords(context, method, request, createFilter(method, options), limit);
  if (options.export) {
    const { export: format, output: path, force } = options;
    const count = await exportRecords(message, matches, { format, path, force });
    if (path) context.printer.note(`${count} records written to ${path}.`);
    return;
  }
  const items: Json[] = [];
  for await (const item of matches) items.push(item);
  const printer = createPrinter(process.stdout, process.stderr, {
    json: context.options.json === true,
    color: context.options.color,
    columns: options.columns,
  });
  if (printer.json) return printer.jsonDocument({ [jsonName]: items });
  printer.list(message, items);
  if (items.length === limit) printer.note(`These are the newest ${limit}: --all shows all.`);
}

async function* filterRecords(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  filter: RecordFilter,
  limit: number,
): AsyncGenerator<Json> {
  let left = limit;
  for await (const record of readItems(context, method, request)) {
    if (left <= 0 || filter.isPast(record)) return;
    if (!filter.wants(record)) continue;
    left -= 1;
    yield record;
  }
}
