import type { DescMethod } from '@bufbuild/protobuf';
import {
  durationMs,
  formatDuration,
  formatMoment,
  groupDigits,
  type Json,
} from '../output/format.js';
import type { Context } from './context.js';
import type { GivenOptions, RequestJson } from './request.js';

type Fields = { [name: string]: Json | undefined };
type Teller = (reply: Fields, request: RequestJson) => string;

const credits = (value: Json | undefined) => `${groupDigits(String(value))} credits`;
const part = (reply: Fields, name: string) => (reply[name] ?? {}) as Fields;
const moved = (what: string, preposition: string): Teller => {
  return (reply, request) => {
    const operation = part(reply, 'operation');
    const party = request.payeeEmail ?? request.payeeAccountId ?? '';
    const whom = party ? ` ${preposition} ${party}` : '';
    return `${what} ${credits(operation.credits)}${whom}. There are ${credits(operation.balanceCredits)} in the wallet now.`;
  };
};
const timer: Teller = (reply) => describeClock(part(reply, 'clock'));
const loggedIn = (name: string): Teller => {
  return (reply) => `Logged in as ${part(reply, name).email}.`;
};

/** Sentences for people, for what is done most. Other replies are shown field by field. */
const tellers: Record<string, Teller> = {
  PayCredits: moved('Paid', 'to'),
  TransferCredits: moved('Transferred', 'to'),
  SupplyCredits: moved('Supplied', ''),
  StartTimer: timer,
  PauseTimer: timer,
  ResumeTimer: timer,
  StopTimer: (reply) => {
    const { spent } = part(reply, 'timeRecord');
    const used = spent ? `Used ${formatDuration(durationMs(String(spent)))}. ` : '';
    return used + describeClock(part(reply, 'clock'));
  },
  ConvertCreditsToClock: (reply) => `${describeClock(part(reply, 'clock'))} ${walletLeft(reply)}`,
  ConvertClockToCredits: (reply) => `${describeClock(part(reply, 'clock'))} ${walletLeft(reply)}`,
  Login: loggedIn('account'),
  LoginMaster: loggedIn('master'),
  FundMaster: (reply) => `The pool holds ${credits(part(reply, 'operation').balanceCredits)} now.`,
};

function walletLeft(reply: Fields): string {
  return `There are ${credits(reply.balanceCredits)} in the wallet now.`;
}

/** What a clock does, and how long it lasts. */
export function describeClock(clock: Fields): string {
  const left = formatDuration(durationMs(String(clock.remaining ?? '0s')));
  if (clock.runsOutTime)
    return `The timer runs: ${left} left, until ${formatMoment(String(clock.runsOutTime))}.`;
  const state = clock.timerState === 'TIMER_STATE_PAUSED' ? 'is paused' : 'is off';
  return `The timer ${state}: ${left} left.`;
}

/** Prints a reply, keeps in the profile what later commands need, and says what comes next. */
export function afterCall(
  context: Context,
  method: DescMethod,
  request: RequestJson,
  reply: RequestJson,
  given: GivenOptions,
): void {
  const { printer } = context;
  const tell = printer.terminal ? tellers[method.name] : undefined;
  if (tell) {
    printer.tell(tell(reply, request));
    const { operationId } = part(reply, 'operation');
    if (operationId)
      printer.line(printer.paint('dim', `  ${operationId}  request ${request.requestId}`));
  } else if (Object.keys(reply).length || printer.json) {
    printer.reply(method.output, reply);
  }
  if (!Object.keys(reply).length) printer.tell('Done.');
  remember(context, method, request, reply, given);
}

function remember(
  context: Context,
  { name }: DescMethod,
  request: RequestJson,
  reply: RequestJson,
  given: GivenOptions,
): void {
  const { printer } = context;
  if (name === 'Login') context.save({ email: String(request.email) });
  if (name === 'AcquireMaster') {
    context.save({ masterEmail: String(request.email), acquireKey: String(request.acquireKey) });
    printer.note('The profile keeps the acquire key. Next: ewallet login.');
  }
  if (name === 'ReleaseMaster') context.save({ masterEmail: undefined, acquireKey: undefined });
  if (name !== 'CreateMaster') return;
  if (given.saveKeys) {
    context.save({
      masterEmail: String(request.email),
      acquireKey: String(reply.acquireKey),
      backendKey: String(reply.backendKey),
    });
    printer.note('The profile keeps both keys. Next: ewallet master acquire, or --backend.');
  } else {
    printer.note(
      'Keep both keys: they are shown only now. --save-keys would keep them in the profile.',
    );
  }
}
