import type { DescMethod } from '@bufbuild/protobuf';
import { type Command, Option } from 'commander';
import { enumName, shortEnumNames } from '../api/enums.js';
import { parseInteger, parseTimestamp } from '../api/values.js';
import type { Json } from '../output/format.js';
import { itemsField } from './pages.js';

/** Options that choose among records. */
export type FilterOptions = {
  since?: string;
  until?: string;
  direction?: string;
  kind?: string;
  minCredits?: string;
  maxCredits?: string;
  party?: string;
  text?: string;
};

type Fields = { [name: string]: Json | undefined };

/** Says of each record whether it is wanted, and when all further ones are too old. */
export type RecordFilter = { wants(record: Json): boolean; isPast(record: Json): boolean };

/** Adds the filters that records of this kind can have. */
export function addFilterOptions(command: Command, method: DescMethod): void {
  const { message } = itemsField(method);
  const enumOf = (name: string) => message.fields.find((field) => field.name === name)?.enum;
  command
    .option('--since <moment>', 'From this moment on, for example 2026-01-31')
    .option('--until <moment>', 'Before this moment');
  for (const name of ['direction', 'kind']) {
    const choices = shortEnumNames(enumOf(name));
    if (!choices.length) continue;
    command.addOption(new Option(`--${name} <name>`, `Only this ${name}`).choices(choices));
  }
  if (message.fields.some(({ name }) => name === 'credits')) {
    command
      .option('--min-credits <number>', 'This many credits or more')
      .option('--max-credits <number>', 'This many credits or fewer');
  }
  if (message.fields.some(({ name }) => name.endsWith('account_id'))) {
    command.option('--party <id>', 'Only with this account usr_… or master mst_…');
  }
  if (message.fields.some(({ name }) => name === 'notes')) {
    command.option('--text <text>', 'Only with this in the notes, in capitals or not');
  }
}

/** The filter that the options make. @throws UsageError that names the option. */
export function createFilter(method: DescMethod, options: FilterOptions): RecordFilter {
  const { message } = itemsField(method);
  const moment = (text: string | undefined, name: string) =>
    text === undefined ? undefined : Date.parse(parseTimestamp(text, name));
  const amount = (text: string | undefined, name: string) =>
    text === undefined ? undefined : BigInt(parseInteger(text, name));
  const enumValue = (text: string | undefined, name: string) => {
    const enumeration = message.fields.find((field) => field.name === name)?.enum;
    return text && enumeration ? enumName(enumeration, text, `--${name}`) : undefined;
  };
  const since = moment(options.since, '--since');
  const until = moment(options.until, '--until');
  const least = amount(options.minCredits, '--min-credits');
  const most = amount(options.maxCredits, '--max-credits');
  const direction = enumValue(options.direction, 'direction');
  const kind = enumValue(options.kind, 'kind');
  const text = options.text?.toLowerCase();
  const parties = message.fields.filter(({ name }) => /(account|master)_id$/.test(name));
  const timeOf = (record: Json) => Date.parse(String((record as Fields).createTime));

  return {
    // Records come newest first.
    isPast: (record) => since !== undefined && timeOf(record) < since,
    wants(record) {
      const fields = record as Fields;
      const credits = BigInt(String(fields.credits ?? 0));
      return (
        (until === undefined || timeOf(record) < until) &&
        (least === undefined || credits >= least) &&
        (most === undefined || credits <= most) &&
        (direction === undefined || fields.direction === direction) &&
        (kind === undefined || fields.kind === kind) &&
        (text === undefined || String(fields.notes).toLowerCase().includes(text)) &&
        (!options.party || parties.some(({ jsonName }) => fields[jsonName] === options.party))
      );
    },
  };
}
