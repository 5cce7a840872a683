import { randomUUID } from 'node:crypto';
import type { DescMethod } from '@bufbuild/protobuf';
import { Argument, Command, Option } from 'commander';
import { commentOn, findMethod } from '../api/api.js';
import { type FieldInput, isSwitch, listInputs } from '../api/fields.js';
import { Interrupted, UsageError } from '../errors/usage-error.js';
import { askToConfirm } from '../prompts/ask.js';
import { afterCall } from './after-call.js';
import type { Context, ContextFactory } from './context.js';
import { argumentName, type Declaration } from './declaration.js';
import { firstSentence, helpOnField, paragraphsOf } from './help-texts.js';
import { addPageOptions, isList, type PageOptions, printPages } from './pages.js';
import {
  buildRequest,
  fillMask,
  type GivenOptions,
  optionInputs,
  type RequestJson,
  secretInputs,
} from './request.js';
import { addSecretOptions, fillSecrets } from './secret-options.js';

/** The command of one method: arguments, options, help and output are those of its request and response. */
export function createApiCommand(declaration: Declaration, createContext: ContextFactory): Command {
  const method = findMethod(declaration.method);
  const comment = commentOn({ typeName: method.parent.typeName, name: method.name });
  const command = new Command(declaration.path.split(' ').at(-1));
  // Completion shows the description, on one line; what there is to say besides follows the options.
  const [description = '', ...more] = paragraphsOf(comment);
  command.summary(firstSentence(description)).description(description);
  if (more.length) {
    const width = Math.min(process.stdout.columns ?? 80, 100);
    const wrap = (text: string) => command.createHelp().boxWrap(text, width);
    command.addHelpText('after', () => `\n${more.map(wrap).join('\n\n')}`);
  }
  for (const argument of declaration.args) command.addArgument(toArgument(argument, method));
  for (const input of optionInputs(declaration, method.input)) {
    command.addOption(toOption(input));
  }
  addSecretOptions(command, method, secretInputs(method.input));
  if (isList(method)) addPageOptions(command);
  if (method.name === 'CreateMaster') {
    command.option('--save-keys', 'Keep both keys in the profile');
  }
  return command.action(async (...all: unknown[]) => {
    const context = createContext(command.optsWithGlobals());
    const args = all.slice(0, declaration.args.length) as (string | undefined)[];
    await runMethod(context, declaration, method, args, command.opts());
  });
}

async function runMethod(
  context: Context,
  declaration: Declaration,
  method: DescMethod,
  args: (string | undefined)[],
  given: GivenOptions,
): Promise<void> {
  const request = buildRequest(declaration, method.input, args, given);
  await completeRequest(context, method, request, given);
  if (declaration.confirm) await askToConfirm(declaration.confirm, context.options.yes === true);
  if (isList(method)) return printPages(context, method, request, given as PageOptions);
  const { reply, replayed } = await context.api.call(method, request).catch((error: unknown) => {
    // What was sent may be done all the same.
    if (!(error instanceof Interrupted) || !takesRequestId(method)) throw error;
    throw new Interrupted('Interrupted.', String(request.requestId));
  });
  afterCall(context, method, request, reply, given);
  if (replayed) context.printer.note('This was done before: it is the first outcome again.');
}

/** Adds what is not in arguments and options: secrets, the mask, and a request id made before anything is sent. */
async function completeRequest(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  given: GivenOptions,
): Promise<void> {
  await fillSecrets(context, method, request, given);
  fillMask(method.input, request);
  if (takesRequestId(method)) request.requestId ??= randomUUID();
}

/** Whether a method is a write that is known by its request id. */
export function takesRequestId(method: DescMethod): boolean {
  const named = method.input.fields.some(({ name }) => name === 'request_id');
  return named && method.name !== 'GetOperation';
}

function toArgument(argument: string, method: DescMethod): Argument {
  const name = argumentName(argument);
  if (name === 'payee') {
    return new Argument('<payee>', 'Who receives: an e-mail address, or an account id usr_….');
  }
  const input = listInputs(method.input).find(({ field }) => field.name === name);
  if (!input) throw new UsageError(`${method.name} has no field ${name}.`);
  const shown = argument.replaceAll('_', '-');
  const created = new Argument(shown, helpOnField(input));
  return input.choices.length ? created.choices(input.choices) : created;
}

function toOption(input: FieldInput): Option {
  const flags = `--${input.option}${input.placeholder ? ` ${input.placeholder}` : ''}`;
  const option = new Option(flags, helpOnField(input));
  if (isSwitch(input.field)) return option;
  return input.choices.length && input.field.fieldKind === 'enum'
    ? option.choices(input.choices)
    : option;
}
