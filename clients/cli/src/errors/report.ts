import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import { printable } from '../output/format.js';
import { adviceFor } from './advice.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { Interrupted, UsageError } from './usage-error.js';

/** What a failed command reports. */
export type Report = {
  exitCode: number;
  message: string;
  reason?: string;
  code?: string;
  fields?: { field: string; description: string }[];
  retryAfterMs?: number;
  requestId?: string;
  /** What to do next. */
  advice?: string;
  /** The command that repeats this one. */
  repeat?: string;
};

/** The part of the client library's error that a report is made of. */
type CallError = Error & {
  code: string;
  reason?: string;
  fields?: readonly { field: string; description: string }[];
  retryAfterMs?: number;
  requestId?: string;
  outcomeUnknown?: boolean;
};

/** What went wrong and what to do next. `repeatCommand` makes the command that repeats a request id. */
export function describeError(
  error: unknown,
  repeatCommand: (requestId: string) => string,
): Report {
  if (error instanceof Interrupted) return describeInterruption(error, repeatCommand);
  if (error instanceof CommanderError) {
    return describeMisuse(error);
  }
  if (error instanceof UsageError) {
    return {
      exitCode: exitCodes.usage,
      message: error.message,
      ...(error.advice ? { advice: error.advice } : {}),
    };
  }
  if (error instanceof Error && 'code' in error && 'reason' in error) {
    return describeCall(error as CallError, repeatCommand);
  }
  return {
    exitCode: exitCodes.unexpected,
    message: error instanceof Error ? error.message : String(error),
  };
}

const unknownAdvice =
  'It may have been done: repeat it with the same request id, which never does it twice.';

function describeInterruption(
  { message, requestId }: Interrupted,
  repeatCommand: (requestId: string) => string,
): Report {
  const exitCode = exitCodes.interrupted;
  if (!requestId) return { exitCode, message };
  return { exitCode, message, requestId, advice: unknownAdvice, repeat: repeatCommand(requestId) };
}

/** Help has been shown already, when that was asked for or nothing else was. */
function describeMisuse({ code, exitCode, message }: CommanderError): Report {
  if (exitCode === 0) return { exitCode: exitCodes.ok, message: '' };
  if (code === 'commander.help') return { exitCode: exitCodes.usage, message: '' };
  const plain = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return {
    exitCode: exitCodes.usage,
    message: `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`.replace(/([.)?])\.$/, '$1'),
    advice: 'Add --help to see what there is.',
  };
}

function describeCall(error: CallError, repeatCommand: (requestId: string) => string): Report {
  const { code, reason, fields = [], retryAfterMs, requestId, outcomeUnknown } = error;
  const unknown = outcomeUnknown === true;
  const report: Report = {
    exitCode: unknown ? exitCodes.unavailable : exitCodeOf(code),
    message: error.message,
    code,
    ...(reason ? { reason } : {}),
    ...(fields.length
      ? { fields: fields.map(({ field, description }) => ({ field, description })) }
      : {}),
    ...(retryAfterMs ? { retryAfterMs } : {}),
    ...(requestId ? { requestId } : {}),
  };
  const advice = adviceFor(reason ?? '') || adviceByCode[code];
  if (unknown && requestId) {
    report.advice = unknownAdvice;
    report.repeat = repeatCommand(requestId);
  } else if (advice) report.advice = advice;
  return report;
}

/** For errors without a reason: the server did not answer, or not as a server of EWallet. */
const adviceByCode: Record<string, string> = {
  UNAVAILABLE:
    'Is the server there? See the address with ewallet profile show, change it with ewallet profile set.',
  DEADLINE_EXCEEDED: 'Repeat it, with more --timeout if need be.',
  UNIMPLEMENTED:
    'The server is older than this program, or another one: ewallet session server-info.',
};

/** A report as lines for people. */
export function formatReport(report: Report, color: boolean): string {
  const paint = (format: 'red' | 'bold', text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const reason = report.reason ? ` (${report.reason})` : '';
  const retry = report.retryAfterMs ? [`  Wait ${Math.ceil(report.retryAfterMs / 1_000)} s.`] : [];
  return [
    `${report.exitCode === exitCodes.interrupted ? '' : `${paint('red', 'Error:')} `}${printable(report.message)}${reason}`,
    ...(report.fields ?? [])
      .filter(({ field }) => !report.message.includes(`${field}: `))
      .map(({ field, description }) => `  ${field}: ${printable(description)}`),
    ...retry,
    ...(report.advice ? [`  ${report.advice}`] : []),
    ...(report.repeat ? [`  ${paint('bold', report.repeat)}`] : []),
  ].join('\n');
}
