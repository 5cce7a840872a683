// Plain JavaScript without dependencies: it runs before anything is installed, on any Node.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const have = process.versions.node.split('.').map(Number);

/** Whether this Node satisfies one of the ranges of package.json, `^a.b.c` or `>=a.b.c`. */
function satisfies(range) {
  const want = range.replace(/^\D+/, '').split('.').map(Number);
  if (range.startsWith('^') && have[0] !== want[0]) return false;
  const at = have.findIndex((part, index) => part !== want[index]);
  return at === -1 || have[at] > want[at];
}

if (!engines.node.split('||').some((range) => satisfies(range.trim()))) {
  console.error(
    `EWallet needs Node.js ${engines.node}; this is ${process.versions.node}.\n` +
      'Install a newer one from https://nodejs.org or with your version manager, and try again.',
  );
  process.exitCode = 1;
}
