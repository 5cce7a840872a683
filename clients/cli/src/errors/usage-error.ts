/** The program was asked in a way that it does not understand, or cannot follow: nothing was sent. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** @param advice What to do next, when the message does not say it already. */
  constructor(
    message: string,
    readonly advice = '',
  ) {
    super(message);
  }
}

/** The user ended the program, or a prompt of it, with Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  /** @param requestId Of the write that was under way: its outcome is unknown. */
  constructor(
    message: string,
    readonly requestId?: string,
  ) {
    super(message);
  }
}
