import type { Timestamp } from '../../../generated/google/protobuf/timestamp.js';
import { fieldsOf, mapOf } from './reply-shape.js';
import { dateText } from './values.js';

/** A sheet of a wallet (`ewallet`) or clock as the predecessor shows it. */
export function sheetShape<const K extends 'ewallet' | 'clock'>(owner: K) {
  const fields = {
    id: 'int',
    reference: 'string',
    create_date: 'string',
    write_date: 'string',
    records: mapOf('string'),
  } as const;
  return fieldsOf({ [owner]: 'int', ...fields } as typeof fields & { readonly [P in K]: 'int' });
}

/** What all kinds of sheet tell, once their words are taken off. */
export type PlainSheet = {
  readonly id: bigint;
  readonly ownerId: bigint;
  readonly reference: string;
  readonly createTime: Timestamp | undefined;
  readonly updateTime: Timestamp | undefined;
};

/** The data of a sheet, with the ids of its newest records. All its records have one reference. */
export function sheetData(
  owner: 'ewallet' | 'clock',
  sheet: PlainSheet,
  records: readonly bigint[],
  recordReference: string,
) {
  return {
    id: sheet.id,
    [owner]: sheet.ownerId,
    reference: sheet.reference,
    create_date: dateText(sheet.createTime),
    write_date: dateText(sheet.updateTime),
    records: new Map(records.map((id) => [id, recordReference])),
  };
}
