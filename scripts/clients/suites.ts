/** A program that a client's suite needs. */
export type Tool = {
  readonly program: string;
  /** What makes it tell its version, and the least one that will do, as numbers between dots. */
  readonly version?: { readonly args: readonly string[]; readonly least: string };
};

/** What builds and tests one client. */
export type Suite = {
  readonly name: string;
  /** From the project's folder. */
  readonly folder: string;
  readonly tools: readonly Tool[];
  /** Run one after another in the project's folder, each a program and its arguments. */
  readonly commands: readonly (readonly string[])[];
};

const jdk: Tool = { program: 'javac', version: { args: ['-version'], least: '17' } };
const maven: Tool = { program: 'mvn', version: { args: ['-version'], least: '3.8' } };
const python: Tool = { program: 'python3', version: { args: ['--version'], least: '3.10' } };
const go: Tool = { program: 'go', version: { args: ['version'], least: '1.26' } };
const tmux: Tool = { program: 'tmux' };

/** Every client, in the order in which they are tested. Each suite finds the stand in `EWALLET_STAND_URL`. */
export const suites: readonly Suite[] = [
  {
    name: 'TypeScript',
    folder: 'clients/typescript',
    tools: [],
    commands: [['npm', 'test', '--silent', '--workspace', 'clients/typescript']],
  },
  {
    name: 'Command line',
    folder: 'clients/cli',
    tools: [tmux],
    commands: [['npm', 'test', '--silent', '--workspace', 'clients/cli']],
  },
  {
    name: 'Python',
    folder: 'clients/python',
    tools: [python],
    commands: [['python3', 'clients/python/run_tests.py']],
  },
  {
    name: 'Go',
    folder: 'clients/go',
    tools: [go],
    commands: [
      ['go', '-C', 'clients/go', 'vet', './...'],
      ['go', '-C', 'clients/go', 'test', '-count=1', './...'],
    ],
  },
  {
    name: 'Java',
    folder: 'clients/java',
    tools: [jdk, maven],
    commands: [['mvn', '--batch-mode', '--quiet', '--file', 'clients/java', 'verify']],
  },
];
