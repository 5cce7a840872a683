/**
 * Writes docs/access.md: the access rule of every method, from the descriptor sets. `--out DIR` reads and writes below DIR instead of
 * the project.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createFileRegistry,
  type DescMethod,
  type DescService,
  fromBinary,
  getOption,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { type AccessRule, Caller, Listener } from '../generated/ewallet/options/v1/options.js';
import { outputRoot } from './output-root.js';

const out = outputRoot();

const intro = `# Who may call what

Made from the protos by \`make generate\`: edit the access options there. A server does not start with a method that has no rule. Checks
come in this order: who is calling, whether the method is for them, whether the state of their account and master allows it, whether the
request keeps the rules of its fields. Who is refused earlier learns nothing of what comes later. An id of somebody else's answers as one
that nobody has.

A method is open to each caller that it names:

| Caller | Proved by metadata |
|---|---|
| anyone | nothing |
| client | \`ewallet-client-id\`: a client token |
| session | the same and \`authorization: Bearer <session token>\`, which belong together |
| acquired | a session whose client program has acquired a master |
| user | a session with a logged-in, active user |
| master | a session with a logged-in master |
| backend | \`ewallet-backend-key\`, and nothing else is looked at |
| backend for user | the same, and \`ewallet-on-behalf-of\`: one of the master's users |
| operator | \`authorization: Bearer <operator key>\`, on the operator's listener only |

Where a cell of "pending removal" or "frozen" is empty, the method is refused while the account or its master is in that state. A master
that is pending removal counts as frozen for its users. "Own" names the field of the request whose resource must be the caller's.
`;

const callerNames: Record<number, string> = Object.fromEntries(
  Object.entries(Caller)
    .filter(([name]) => name.startsWith('CALLER_'))
    .map(([name, value]) => [
      value,
      name.slice('CALLER_'.length).toLowerCase().replaceAll('_', ' '),
    ]),
);

mkdirSync(join(out, 'docs'), { recursive: true });
writeFileSync(
  join(out, 'docs/access.md'),
  [
    intro,
    ...sectionsOf('public', 'The public listener'),
    ...sectionsOf('operator', "The operator's listener"),
  ].join('\n'),
);

function sectionsOf(listener: string, title: string): string[] {
  const bytes = readFileSync(join(out, `generated/${listener}.binpb`));
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  const extension = registry.getExtension('ewallet.options.v1.access');
  if (!extension) throw new Error(`The descriptor set of ${listener} lacks the option "access".`);
  const ruleOf = (method: DescMethod) => getOption(method, extension) as unknown as AccessRule;
  // What the protos of one listener import may have services of the other.
  const own = listener === 'public' ? Listener.LISTENER_PUBLIC : Listener.LISTENER_OPERATOR;
  const services = [...registry].filter(
    (type): type is DescService =>
      type.kind === 'service' &&
      type.typeName.startsWith('ewallet.') &&
      type.methods.some((method) => ruleOf(method).listener === own),
  );
  return [
    `## ${title}\n`,
    ...services.flatMap((service) => [
      `### ${service.name}\n`,
      '| Method | Callers | Pending removal | Frozen | Own | Repeating it |',
      '|---|---|---|---|---|---|',
      ...service.methods.map((method) => rowOf(method, ruleOf(method))),
      '',
    ]),
  ];
}

function rowOf(method: DescMethod, rule: AccessRule): string {
  const callers = rule.callers.map((caller) => callerNames[caller]).join(', ');
  const registration = rule.registrationKey
    ? ', with `ewallet-registration-key` unless registration is open'
    : '';
  return `| ${[
    method.name,
    callers + registration,
    rule.whilePendingRemoval ? 'yes' : '',
    rule.whileFrozen ? 'yes' : '',
    rule.resourceField === '' ? '' : `\`${rule.resourceField}\``,
    repeating(method),
  ].join(' | ')} |`;
}

function repeating(method: DescMethod): string {
  if (method.input.fields.some(({ name }) => name === 'request_id')) return 'safe: request id';
  switch (method.idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return 'safe: only reads';
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return 'safe: idempotent';
    default:
      return 'does it again';
  }
}
