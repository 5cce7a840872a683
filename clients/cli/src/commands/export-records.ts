import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { DescMessage } from '@bufbuild/protobuf';
import { stringify } from 'csv-stringify';
import { UsageError } from '../errors/usage-error.js';
import { formatField, type Json } from '../output/format.js';

/** Where and how to export. */
export type ExportTarget = {
  format: 'csv' | 'json';
  path?: string | undefined;
  force?: boolean | undefined;
};

/**
 * Writes records as they come, all fields of them, and gives their count.
 *
 * @throws UsageError when the file is there already.
 */
export async function exportRecords(
  message: DescMessage,
  records: AsyncIterable<Json>,
  { format, path, force }: ExportTarget,
): Promise<number> {
  const out = path ? await openFile(path, force === true) : process.stdout;
  const write = async (text: string) => {
    if (!out.write(text)) await once(out, 'drain');
  };
  const count =
    format === 'csv' ? await writeCsv(message, records, write) : await writeJson(records, write);
  if (path) await new Promise<void>((resolve) => out.end(() => resolve()));
  return count;
}

async function writeJson(records: AsyncIterable<Json>, write: (text: string) => Promise<void>) {
  let count = 0;
  for await (const record of records) {
    await write(`${count ? ',' : '['}\n  ${JSON.stringify(record)}`);
    count += 1;
  }
  await write(count ? '\n]\n' : '[]\n');
  return count;
}

async function writeCsv(
  message: DescMessage,
  records: AsyncIterable<Json>,
  write: (text: string) => Promise<void>,
) {
  // Notes are written by others: a spreadsheet must not take them for formulas.
  const csv = stringify({
    header: true,
    columns: message.fields.map(({ name }) => name),
    escape_formulas: true,
  });
  const written = (async () => {
    for await (const chunk of csv) await write(String(chunk));
  })();
  let count = 0;
  for await (const record of records) {
    const values = record as { [name: string]: Json };
    const row = message.fields.map((field) => formatField(field, values[field.jsonName], 'plain'));
    if (!csv.write(row)) await once(csv, 'drain');
    count += 1;
  }
  csv.end();
  await written;
  return count;
}

async function openFile(path: string, force: boolean) {
  // Records are nobody else's business.
  const file = createWriteStream(path, { flags: force ? 'w' : 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(`${path} is there already.`, 'Overwrite it with --force.');
    throw new UsageError(`--output: ${message}`);
  }
  return file;
}
