/** What the program's exit code says. The README and `ewallet help exit-codes` show the same list. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  refused: 5,
  unavailable: 6,
  differences: 7,
  limited: 8,
  interrupted: 130,
} as const;

/** Each code with its meaning. */
export const exitCodeMeanings: [code: number, meaning: string][] = [
  [exitCodes.ok, 'it is done'],
  [exitCodes.unexpected, 'a fault of the program or of the server'],
  [exitCodes.usage, 'a command, an option or a value is wrong; nothing was done'],
  [exitCodes.denied, 'not logged in, a wrong key or password, or not permitted'],
  [exitCodes.notFound, 'there is no such thing'],
  [exitCodes.refused, 'a rule refuses it, for example too few credits'],
  [exitCodes.unavailable, 'no answer: the outcome is unknown, repeat with the same --request-id'],
  [exitCodes.differences, 'the verification of the ledger found differences, or did not finish'],
  [exitCodes.limited, 'too many at once, or a limit is reached; later, or after making room'],
  [exitCodes.interrupted, 'interrupted with Ctrl-C'],
];

/** Names of google.rpc.Code, by number. */
export const statusNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

const byStatus: Record<string, number> = {
  CANCELLED: exitCodes.interrupted,
  INVALID_ARGUMENT: exitCodes.usage,
  DEADLINE_EXCEEDED: exitCodes.unavailable,
  NOT_FOUND: exitCodes.notFound,
  ALREADY_EXISTS: exitCodes.refused,
  PERMISSION_DENIED: exitCodes.denied,
  RESOURCE_EXHAUSTED: exitCodes.limited,
  FAILED_PRECONDITION: exitCodes.refused,
  ABORTED: exitCodes.unavailable,
  OUT_OF_RANGE: exitCodes.refused,
  UNAVAILABLE: exitCodes.unavailable,
  UNAUTHENTICATED: exitCodes.denied,
};

/** The exit code for an error of the server, by its status. */
export function exitCodeOf(status: string): number {
  return byStatus[status] ?? exitCodes.unexpected;
}
