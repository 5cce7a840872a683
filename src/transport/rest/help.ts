import type { Arguments } from './arguments.js';
import { describedFailure, malformed } from './failures.js';
import type { Instruction } from './instruction.js';
import { describeShape } from './reply-shape.js';

/** The documents that `GET /ewallet/instruction-set` answers with. */
export type Help = {
  /** All instructions by name. */
  list(): object;
  /** One of them. @throws InstructionFailure when there is none of that name */
  describe(option: unknown, label: unknown): object;
};

/** Creates the documents of a table. `prerequisitesOf` tells who may call a method of the API. */
export function createHelp(
  instructions: readonly Instruction[],
  prerequisitesOf: (method: string) => readonly string[],
): Help {
  const byName = new Map(instructions.map((instruction) => [instruction.name, instruction]));
  return {
    list: () => ({
      failed: false,
      available_actions: [...byName.keys()],
      available_events: [],
      help: 'Ask for one: GET with option=action&action=<name>, or with the same as a JSON object.',
    }),
    describe(option, label) {
      const found = option === 'action' && typeof label === 'string' && byName.get(label);
      if (!found) throw malformed('There is no such instruction.', 'UNKNOWN_INSTRUCTION');
      return {
        failed: false,
        action: found.name,
        prerequisits: prerequisitesOf(found.method),
        instruction_set: {
          ...found.path,
          ...describeArguments(found.args, false),
          ...describeArguments(found.extras, true, found.args),
        },
        response_ok: describeShape(found.reply),
        response_nok: describedFailure,
      };
    },
  };
}

const written = {
  string: 'string',
  int: 'int',
  bool: 'bool',
  credits: 'int or decimal string',
  cost: 'float or decimal string',
  minutes: 'float or decimal string',
  object: 'object',
} as const;

function describeArguments(args: Arguments, extra: boolean, without: Arguments = {}) {
  const entries = Object.entries(args).filter(([name]) => !Object.hasOwn(without, name));
  return Object.fromEntries(
    entries.map(([name, { type, required }]) => [
      name,
      `${written[type]}${required ? '' : ', optional'}${extra ? ', new' : ''}`,
    ]),
  );
}
