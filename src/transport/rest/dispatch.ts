import { malformed } from './failures.js';
import type { Instruction } from './instruction.js';

/** An object of a request. */
export type Body = Readonly<Record<string, unknown>>;

/** Finds the instruction that a request means. @throws InstructionFailure */
export type Dispatch = (body: Body) => Instruction;

type Node = { instruction?: Instruction; readonly next: Map<string, Node> };

/** Creates the dispatch over a table. @throws Error when two instructions would answer to one request */
export function createDispatch(instructions: readonly Instruction[]): Dispatch {
  const root = newNode();
  for (const instruction of instructions) insert(root, instruction);
  return (body) => {
    const controller = textOf(body, 'controller');
    if (controller === undefined) throw malformed('controller is missing.', 'MISSING_ARGUMENT');
    if (controller === 'system') {
      throw malformed('System instructions are not served here.', 'ILLEGAL_PORTAL');
    }
    const start = root.next.get(controller);
    if (!start) throw malformed('There is no such controller.', 'UNKNOWN_INSTRUCTION');
    const found = textOf(body, 'ctype') === 'action' ? walk(start, body) : undefined;
    if (!found) throw malformed('There is no such instruction.', 'UNKNOWN_INSTRUCTION');
    return found;
  };
}

/** Follows the chain: the value of a key is the name of the next key. What lies beyond the instruction is an argument. */
function walk(start: Node, body: Body): Instruction | undefined {
  let key = 'action';
  let node: Node | undefined = start;
  while (node && !node.instruction) {
    const value = textOf(body, key);
    node = value === undefined ? undefined : node.next.get(value);
    key = value ?? '';
  }
  return node?.instruction;
}

function insert(root: Node, instruction: Instruction): void {
  const { ctype: _, ...path } = instruction.path;
  let node = root;
  for (const value of Object.values(path)) {
    const next = node.next.get(value) ?? newNode();
    node.next.set(value, next);
    node = next;
    if (node.instruction)
      throw new Error(`${instruction.name} hides behind ${node.instruction.name}.`);
  }
  node.instruction = instruction;
}

function newNode(): Node {
  return { next: new Map() };
}

function textOf(body: Body, key: string): string | undefined {
  const value = Object.hasOwn(body, key) ? body[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
