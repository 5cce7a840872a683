import { styleText } from 'node:util';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import Table from 'cli-table3';
import { columnsOf, titleOf } from './columns.js';
import { formatField, type Json, printable, type Style } from './format.js';

/** How to write. */
export type PrinterOptions = { json: boolean; color: boolean; columns?: string | undefined };

/** The part of a stream that a printer needs; `process.stdout` is one. */
export type Out = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** Writes what a command has to say. */
export type Printer = ReturnType<typeof createPrinter>;

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/**
 * Results go to standard output: tables on a terminal, lines of tab-separated values when piped, one JSON document with `json`.
 * Notes for people go to standard error.
 */
export function createPrinter(stdout: Out, stderr: Out, options: PrinterOptions) {
  const terminal = stdout.isTTY === true && !options.json;
  const style: Style = terminal ? 'human' : 'plain';
  const paint = (format: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) =>
    options.color ? styleText(format, text, { validateStream: false }) : text;

  function table(rows: string[][], head?: string[]): string {
    const plain = new Table({
      chars: noLines,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
      ...(head ? { head: head.map((title) => paint('bold', title)) } : {}),
    });
    plain.push(...rows);
    return plain
      .toString()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
  }

  function rowsOf(message: DescMessage, json: Json, parents: string[]): string[][] {
    const values = json as { [name: string]: Json };
    return message.fields.flatMap((field): string[][] => {
      const value = values[field.jsonName];
      if (isSection(field)) {
        if (field.fieldKind === 'message') {
          return value ? rowsOf(field.message, value, [...parents, field.name]) : [];
        }
        return ((value as Json[] | undefined) ?? []).flatMap((item, at) =>
          rowsOf(field.message, item, [...parents, `${field.name}[${at}]`]),
        );
      }
      const text = formatField(field, value, style);
      if (terminal && !text) return [];
      const name = terminal ? titleOf(field) : [...parents, field.name].join('.');
      return [[terminal ? paint('dim', name) : name, text]];
    });
  }

  const printer = {
    terminal,
    style,
    json: options.json,
    paint,
    table,
    /** A line of the result. */
    line: (text: string) => void stdout.write(`${text}\n`),
    /** A line for people beside the result. */
    note: (text: string) => void stderr.write(`${text}\n`),
    jsonDocument: (value: Json) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    jsonLine: (value: Json) => void stdout.write(`${JSON.stringify(value)}\n`),

    /** One reply: its parts below each other. */
    reply(message: DescMessage, json: Json): void {
      const rows = options.json ? [] : rowsOf(message, json, []);
      if (options.json) printer.jsonDocument(json);
      else if (!terminal) for (const row of rows) printer.line(row.join('\t'));
      else if (rows.length) printer.line(table(rows));
    },

    /** Things of a kind, one a line, with a line of titles first. */
    list(message: DescMessage, items: Json[]): void {
      const columns = columnsOf(message, options.columns);
      const rows = items.map((item) =>
        columns.map((field) =>
          formatField(field, (item as { [name: string]: Json })[field.jsonName], style),
        ),
      );
      if (terminal) {
        if (rows.length) printer.line(table(rows, columns.map(titleOf)));
        else printer.note('There are none.');
        return;
      }
      for (const row of [columns.map(({ name }) => name), ...rows]) printer.line(row.join('\t'));
    },

    /** A sentence about what was done. People see it, programs do not. */
    tell(text: string): void {
      if (terminal) printer.line(`${paint('green', '✓')} ${printable(text)}`);
    },
  };
  return printer;
}

/** Whether a field holds a message of our own, which is shown field by field. */
function isSection(
  field: DescField,
): field is DescField & { fieldKind: 'message' | 'list'; message: DescMessage } {
  return field.message !== undefined && !field.message.typeName.startsWith('google.');
}
