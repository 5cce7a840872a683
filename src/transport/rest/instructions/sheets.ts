import { type Arguments, type Given, required } from '../arguments.js';
import { type Instruction, type InstructionCall, instruction } from '../instruction.js';
import type { Fields } from '../reply-shape.js';
import { type PlainSheet, sheetData, sheetShape } from '../sheet-data.js';

/** A record with its data in the shape of its kind. */
type ShownRecord = { readonly sheetId: bigint | null; readonly data: object };

/** One of the four kinds of sheet: its words, and what the API does with it. */
export type SheetKind = {
  /** As in `CreateTransferSheet`. */
  readonly name: string;
  /** As in `transfer_sheet`. */
  readonly word: string;
  readonly owner: 'ewallet' | 'clock';
  readonly record: Fields;
  readonly create: (call: InstructionCall) => Promise<PlainSheet>;
  readonly get: (call: InstructionCall) => Promise<PlainSheet>;
  readonly switchTo: (call: InstructionCall, id: bigint) => Promise<PlainSheet>;
  readonly unlink: (call: InstructionCall, id: bigint) => Promise<unknown>;
  readonly listRecords: (call: InstructionCall, sheetId: bigint) => Promise<readonly bigint[]>;
  readonly getRecord: (call: InstructionCall, id: bigint) => Promise<ShownRecord>;
  readonly unlinkRecord: (call: InstructionCall, id: bigint) => Promise<unknown>;
};

const sheetArgument = { sheet_id: required('int') } as const;
const listArgument = { list_id: required('int') } as const;
const recordArgument = { record_id: required('int') } as const;

/** The instructions for a kind of sheet and the records on it. */
export function sheetInstructions(kind: SheetKind): Instruction[] {
  return [...forSheets(kind), ...forRecords(kind)];
}

function forSheets(kind: SheetKind): Instruction[] {
  const { name, word, owner } = kind;
  const key = `${word}_sheet`;
  const service = `${name}SheetService`;
  const reply = { [key]: 'int', sheet_data: sheetShape(owner) } as const;

  async function show(call: InstructionCall, sheet: PlainSheet) {
    const records = await kind.listRecords(call, sheet.id);
    return { [key]: sheet.id, sheet_data: sheetData(owner, sheet, records, `${name}Record`) };
  }

  return [
    row({
      name: `Create${name}Sheet`,
      chain: ['new', word, 'list'],
      method: `${service}/Create${name}Sheet`,
      args: {},
      reply,
      run: async (_, call) => show(call, await kind.create(call)),
    }),
    row({
      name: `View${name}Sheet`,
      chain: ['view', word, 'list'],
      method: `${service}/Get${name}Sheet`,
      args: {},
      reply,
      run: async (_, call) => show(call, await kind.get(call)),
    }),
    row({
      name: `Switch${name}Sheet`,
      chain: ['switch', word, 'list'],
      method: `${service}/Switch${name}Sheet`,
      args: sheetArgument,
      reply,
      run: async ({ sheet_id: id }, call) => show(call, await kind.switchTo(call, id)),
    }),
    row({
      name: `Unlink${name}Sheet`,
      chain: ['unlink', word, 'list'],
      method: `${service}/Unlink${name}Sheet`,
      args: listArgument,
      reply: { [key]: 'int' },
      async run({ list_id: id }, call) {
        await kind.unlink(call, id);
        return { [key]: id };
      },
    }),
  ];
}

function forRecords(kind: SheetKind): Instruction[] {
  const { name, word } = kind;
  const sheetKey = `${word}_sheet`;
  const recordKey = `${word}_record`;
  const service = `${name}SheetService`;
  const reply = { [recordKey]: 'int', [sheetKey]: 'int' } as const;
  return [
    row({
      name: `View${name}Record`,
      chain: ['view', word, 'record'],
      method: `${service}/Get${name}Record`,
      args: recordArgument,
      reply: { ...reply, record_data: kind.record },
      async run({ record_id: id }, call) {
        const { sheetId, data } = await kind.getRecord(call, id);
        return { [recordKey]: id, [sheetKey]: sheetId, record_data: data };
      },
    }),
    row({
      name: `Unlink${name}Record`,
      chain: ['unlink', word, 'record'],
      method: `${service}/Unlink${name}Record`,
      args: recordArgument,
      reply,
      async run({ record_id: id }, call) {
        const { sheetId } = await kind.getRecord(call, id);
        await kind.unlinkRecord(call, id);
        return { [recordKey]: id, [sheetKey]: sheetId };
      },
    }),
  ];
}

/** An instruction whose keys are made of its kind's word: what is in them is checked when it is written. */
function row<A extends Arguments>(spec: {
  readonly name: string;
  readonly chain: readonly [string, ...string[]];
  readonly method: string;
  readonly args: A;
  readonly reply: Fields['fields'];
  readonly run: (given: Given<A>, call: InstructionCall) => Promise<object>;
}): Instruction {
  return instruction({ ...spec, run: spec.run as never });
}
