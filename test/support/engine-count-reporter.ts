import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { engineExceptions } from './engine-exceptions.js';

type State = 'passed' | 'failed' | 'skipped';

/** What one project did: the full names of its tests by their outcome. */
type Tally = Record<State, Set<string>>;

const titles: Record<string, string> = { unit: 'Unit', sqlite: 'SQLite', mysql: 'MySQL' };

/**
 * Says at the end how many tests ran on each engine, and fails the run when SQLite and MySQL ran
 * different ones without a reason on record, or when CI skipped any. The last line of the output
 * is always `N passed, N failed`.
 */
export default class EngineCountReporter implements Reporter {
  private vitest: Vitest | undefined;
  private lines = ['!!! The tests did not run to the end.', '0 passed, 1 failed'];
  private failed = false;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
    // Other reporters and the set-up's end still print: only the exit comes after them all.
    process.on('exit', () => {
      if (this.failed) process.exitCode ||= 1;
      process.stdout.write(`\n${this.lines.join('\n')}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const ci = (process.env.CI ?? '') !== '';
    const tallies = tallyProjects(modules);
    // A run that somebody narrowed down is judged by its tests alone.
    const config = this.vitest?.config;
    const narrowed = config?.testNamePattern !== undefined || (config?.project.length ?? 0) > 0;
    const mysqlMissing = !narrowed && !this.vitest?.projects.some(({ name }) => name === 'mysql');
    const skipped = narrowed ? [] : allOf(tallies, 'skipped').filter((name) => !isExcepted(name));

    const problems = [
      ...brokenSuites(modules),
      ...unhandledErrors.map((error) => `unhandled error: ${error.message}`),
      ...(mysqlMissing ? [] : engineDifferences(tallies)),
      ...(ci && mysqlMissing ? ['CI must run the tests on MySQL'] : []),
      ...(ci ? skipped.map((name) => `CI must not skip: ${name}`) : []),
    ];
    const passedCount = allOf(tallies, 'passed').length;
    const failedCount = allOf(tallies, 'failed').length + problems.length;
    this.failed = failedCount > 0;
    this.lines = [
      ...(mysqlMissing ? mysqlNotice : []),
      ...skipped.map((name) => `!!! SKIPPED: ${name}`),
      ...problems.map((problem) => `!!! ${problem}`),
      ...[...tallies].map(([project, tally]) => describe(project, tally)),
      `${passedCount} passed, ${failedCount} failed${skipped.length ? `, ${skipped.length} skipped` : ''}`,
    ];
  }
}

const mysqlNotice = [
  '!!! ======================================================================== !!!',
  '!!!  NOTHING WAS TESTED ON MYSQL: no server was found on this machine.       !!!',
  '!!!  Set EWALLET_TEST_MYSQL_URL, or install mariadb-server-core (or any      !!!',
  '!!!  package with mariadbd or mysqld), and run the tests again.              !!!',
  '!!! ======================================================================== !!!',
];

function tallyProjects(modules: readonly TestModule[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const module of modules) {
    const tally = tallies.get(module.project.name) ?? {
      passed: new Set(),
      failed: new Set(),
      skipped: new Set(),
    };
    tallies.set(module.project.name, tally);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test that is still pending was cut off: it did not run.
      tally[state === 'pending' ? 'skipped' : state].add(nameOf(test));
    }
  }
  return tallies;
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function allOf(tallies: Map<string, Tally>, state: State): string[] {
  return [...tallies].flatMap(([project, tally]) =>
    [...tally[state]].map((name) => `[${project}] ${name}`),
  );
}

/** Files and groups that failed outside any test, for instance in a hook. */
function brokenSuites(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) => {
    const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
    const where = `[${module.project.name}] ${module.relativeModuleId}`;
    return [
      ...(module.errors().length > 0 ? [`failed outside a test: ${where}`] : []),
      ...suites.map((suite) => `failed outside a test: ${where} > ${suite.fullName}`),
    ];
  });
}

/** A test that is one engine's by a reason on record is not a skipped test. */
function isExcepted(nameWithProject: string): boolean {
  return engineExceptions.has(nameWithProject.replace(/^\[\w+\] /, ''));
}

function engineDifferences(tallies: Map<string, Tally>): string[] {
  const sqlite = executed(tallies.get('sqlite'));
  const mysql = executed(tallies.get('mysql'));
  const missing = (there: Set<string>, here: Set<string>, engine: string) =>
    [...there]
      .filter((name) => !here.has(name) && !engineExceptions.has(name))
      .map((name) => `did not run on ${engine}, and no reason is on record: ${name}`);
  const stale = [...engineExceptions.keys()]
    .filter((name) => sqlite.has(name) && mysql.has(name))
    .map((name) => `is listed in engine-exceptions.ts but runs on both engines: ${name}`);
  return [...missing(sqlite, mysql, 'MySQL'), ...missing(mysql, sqlite, 'SQLite'), ...stale];
}

function executed(tally: Tally | undefined): Set<string> {
  return new Set([...(tally?.passed ?? []), ...(tally?.failed ?? [])]);
}

function describe(project: string, tally: Tally): string {
  const title = (titles[project] ?? project).padEnd(7);
  const ran = tally.passed.size + tally.failed.size;
  return `${title} ${ran} tests ran: ${tally.passed.size} passed, ${tally.failed.size} failed`;
}
