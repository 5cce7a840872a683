/**
 * Builds and tests the clients in all languages against one stand. A language whose toolchain is missing is named as skipped;
 * with CI set that is a failure. `npm run clients -- go java` runs these two only.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { startStand } from '../../clients/stand/stand.js';
import { missingTools } from './missing-tools.js';
import { runSuite } from './run-suite.js';
import { type Suite, suites } from './suites.js';

type Outcome = {
  suite: Suite;
  state: 'passed' | 'failed' | 'skipped';
  seconds: number;
  /** Why it did not pass. */
  words: string;
};

const logFolder = 'coverage/clients';
/** What a failed suite said last, for those who read no files. */
const shownLines = 80;

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main(process.argv.slice(2));

async function main(names: string[]): Promise<number> {
  const unknown = names.filter((name) => !suites.some(({ folder }) => basename(folder) === name));
  if (unknown.length > 0) {
    const known = suites.map(({ folder }) => basename(folder)).join(', ');
    console.error(`There is no client ${unknown.join(', ')}. There are: ${known}.`);
    return 64;
  }
  const chosen = suites.filter(
    ({ folder }) => names.length === 0 || names.includes(basename(folder)),
  );
  mkdirSync(logFolder, { recursive: true });
  const stand = await startStand();
  console.log(`The stand is up, on ${stand.databases}.`);
  const outcomes: Outcome[] = [];
  try {
    for (const suite of chosen) outcomes.push(await judge(suite, stand.url));
  } finally {
    await stand.stop();
  }
  return report(outcomes);
}

async function judge(suite: Suite, standUrl: string): Promise<Outcome> {
  const missing = missingTools(suite.tools);
  if (missing.length > 0) {
    const words = `needs ${missing.join(', ')}`;
    console.log(`${suite.name}: skipped, ${words}`);
    return { suite, state: 'skipped', seconds: 0, words };
  }
  const log = `${logFolder}/${basename(suite.folder)}.log`;
  console.log(`${suite.name}: building and testing; ${log} has what it says`);
  const started = performance.now();
  const problem = await runSuite(suite, { EWALLET_STAND_URL: standUrl }, log);
  const seconds = (performance.now() - started) / 1_000;
  if (problem) {
    console.error(readFileSync(log, 'utf8').split('\n').slice(-shownLines).join('\n'));
    console.error(`${suite.name}: ${problem}. All that it said is in ${log}.`);
  }
  return { suite, state: problem ? 'failed' : 'passed', seconds, words: problem ?? '' };
}

function report(outcomes: readonly Outcome[]): number {
  console.log();
  for (const { suite, state, seconds, words } of outcomes) {
    const time = state === 'skipped' ? '' : `${seconds.toFixed(0)} s`;
    console.log(
      `  ${suite.name.padEnd(14)}${state.padEnd(9)}${time.padStart(6)}  ${words}`.trimEnd(),
    );
  }
  const count = (state: Outcome['state']) => outcomes.filter((one) => one.state === state).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  const strict = Boolean(process.env.CI) && skipped > 0;
  if (strict) console.log('\nNothing may be skipped in CI: install what is missing.');
  // The closing line of a test run: CI reads it.
  console.log(`\nclients: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 || strict ? 1 : 0;
}
