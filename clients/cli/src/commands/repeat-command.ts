/** The command line that was given, with the request id: as it can be pasted into a shell. */
export function repeatCommand(argv: string[], requestId: string): string {
  const words = argv.includes('--request-id') ? argv : [...argv, '--request-id', requestId];
  return ['ewallet', ...words].map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
