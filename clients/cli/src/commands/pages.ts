import type { DescField, DescMessage, DescMethod } from '@bufbuild/protobuf';
import { type Command, Option } from 'commander';
import { parseInteger } from '../api/values.js';
import { UsageError } from '../errors/usage-error.js';
import type { Json } from '../output/format.js';
import { createPrinter } from '../output/printer.js';
import type { Context } from './context.js';
import type { RequestJson } from './request.js';

/** Options of a list. */
export type PageOptions = {
  all?: boolean;
  limit?: string;
  pageSize?: string;
  pageToken?: string;
  columns?: string;
};

const mostOnPage = 500;

/** Whether a method answers with pages. */
export function isList(method: DescMethod): boolean {
  return method.output.fields.some(({ name }) => name === 'next_page_token');
}

/** Adds the options that every list has. */
export function addPageOptions(command: Command): void {
  command
    .addOption(new Option('--all', 'All there are, page by page').conflicts(['limit', 'pageToken']))
    .option('--limit <number>', 'As many as this, from as many pages as it takes')
    .option('--page-size <number>', 'How many one answer holds, at most 500; 50 by default')
    .option('--page-token <token>', 'Go on where an earlier page ended')
    .option(
      '--columns <names>',
      'Columns to show, separated by commas, for example create_time,credits',
    );
}

/** The field that holds what is listed. */
export function itemsField(method: DescMethod): DescField & { message: DescMessage } {
  const field = method.output.fields.find(
    ({ fieldKind, message }) => fieldKind === 'list' && message,
  );
  if (!field?.message) throw new Error(`${method.name} lists nothing.`);
  return field as DescField & { message: DescMessage };
}

/** Items one after the other, over as many pages as wanted. Never more than one page is in memory. */
export async function* readItems(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Json> {
  const { jsonName } = itemsField(method);
  let pageToken = '';
  let left = limit;
  do {
    const page = { ...request, pageSize: Math.min(mostOnPage, left), pageToken };
    const { reply } = await context.api.call(method, page);
    const items = (reply[jsonName] as Json[] | undefined) ?? [];
    yield* items.slice(0, left);
    left -= items.length;
    pageToken = String(reply.nextPageToken ?? '');
  } while (pageToken && left > 0);
}

/** Lists what was asked for, and says how to get the rest. */
export async function printPages(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  options: PageOptions,
): Promise<void> {
  const { message, jsonName } = itemsField(method);
  const printer = createPrinter(process.stdout, process.stderr, {
    json: context.options.json === true,
    color: context.options.color,
    columns: options.columns,
  });
  if (options.all || options.limit) {
    const limit = options.all ? Number.POSITIVE_INFINITY : positive(options.limit, '--limit');
    const items: Json[] = [];
    for await (const item of readItems(context, method, request, limit)) items.push(item);
    if (printer.json) printer.jsonDocument({ [jsonName]: items, nextPageToken: '' });
    else printer.list(message, items);
    return;
  }
  const { reply } = await context.api.call(method, {
    ...request,
    ...(options.pageSize ? { pageSize: positive(options.pageSize, '--page-size') } : {}),
    ...(options.pageToken ? { pageToken: options.pageToken } : {}),
  });
  if (printer.json) return printer.jsonDocument(reply);
  printer.list(message, (reply[jsonName] as Json[] | undefined) ?? []);
  if (reply.nextPageToken) {
    printer.note(`There are more: --all, or --page-token ${reply.nextPageToken}`);
  }
}

function positive(text: string | undefined, name: string): number {
  const count = Number(parseInteger(text ?? '', name));
  if (count > 0) return count;
  throw new UsageError(`${name} must be above zero.`);
}
