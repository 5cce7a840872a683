/** One command for one method of the API. Options, help and output come from the descriptors. */
export type Declaration = {
  /** `Service.Method` */
  method: string;
  /** Words that call it, for example `wallet pay`. */
  path: string;
  /**
   * Fields of the request that are arguments, in order, in brackets when they may be left out. `payee` is an e-mail address or
   * an account id.
   */
  args: string[];
  /** Asks for this to be confirmed on a terminal, and for `--yes` elsewhere. */
  confirm?: string;
};

/** A declaration in one line: the method, the words, and the arguments after them. */
export function declare(method: string, usage: string, confirm?: string): Declaration {
  const words = usage.split(' ');
  const isArgument = (word: string) => word.startsWith('<') || word.startsWith('[');
  return {
    method,
    path: words.filter((word) => !isArgument(word)).join(' '),
    args: words.filter(isArgument),
    ...(confirm ? { confirm } : {}),
  };
}

/** Name of the field that an argument stands for. */
export function argumentName(argument: string): string {
  return argument.replace(/[<>[\]]/g, '');
}
