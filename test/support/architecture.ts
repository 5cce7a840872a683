import { dirname, join } from 'node:path/posix';
import { type ParseResult, parseSync } from 'rolldown/utils';

/** One source file: its path from the project's root, with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** The places under src from left to right: a file imports from its own place or one to its left. */
export const places = [
  'model',
  'lib',
  'storage',
  'domain',
  'transport',
  'config',
  'config.ts',
  'server.ts',
  'main.ts',
];

const grpc = ['src/transport/', 'src/server.ts', 'src/main.ts'];

/** Who may import each library or project folder, as prefixes of paths. Nobody else may. */
export const owners: [library: RegExp, owners: string[]][] = [
  [/^knex$/, ['src/storage/', 'migrations/']],
  [/^(mysql2|better-sqlite3)$/, ['src/storage/']],
  [/^migrations\//, ['src/storage/', 'migrations/']],
  [/^generated\//, grpc],
  [/^(@bufbuild\/.*|@grpc\/grpc-js|nice-grpc.*)$/, grpc],
  [/^fastify$/, ['src/transport/rest/']],
  [/^(@node-rs\/argon2|croner|otpauth|p-limit|pino)$/, ['src/lib/']],
  [/^src\/model\//, ['src/', 'migrations/']],
  [/^src\//, ['src/']],
  [/^node:/, ['src/', 'migrations/']],
];

/** What reaches outside the program by itself, and the one file that may; all others are given it. */
export const sources: [what: RegExp, owner: string | string[]][] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bhrtime\b|\bperformance\.now\b/, 'src/lib/time.ts'],
  [/\bMath\.random\b|\brandom(Bytes|UUID|Int|FillSync)\b/, 'src/lib/random.ts'],
  [/\bprocess\.env\b/, 'src/config.ts'],
  // A transaction is begun and ended here only: docs/adr/0002.
  [
    /['"`](BEGIN|COMMIT|START TRANSACTION|ROLLBACK)\b|\.transaction\(/,
    [
      'src/storage/batch-transaction.ts',
      'src/storage/knex-clients.ts',
      'src/storage/sqlite-lock.ts',
      'src/storage/transaction.ts',
    ],
  ],
];

const maxLines = 400;

/** Every broken rule in one file under src or migrations, each as a line that names the file. */
export function findViolations(file: SourceFile): string[] {
  const parsed = parseSync(file.path, file.text);
  const code = withoutComments(file.text, parsed);
  const rules = [
    ...listImports(file.path, code, parsed).flatMap((target) => judgeImport(file.path, target)),
    ...judgeExports(file.text, parsed),
    ...sources
      .filter(([what, owner]) => ![owner].flat().includes(file.path) && what.test(code))
      .map(
        ([what, owner]) =>
          `uses ${what.exec(code)?.[0]}, which only ${[owner].flat().join(', ')} may`,
      ),
    ...judgeLength(file.text),
  ];
  return rules.map((rule) => `${file.path} ${rule}`);
}

/** Broken rules that hold for every file of the project. */
export function judgeLength(text: string): string[] {
  const lines = countLines(text);
  return lines > maxLines ? [`has ${lines} lines, more than ${maxLines}`] : [];
}

/** Lines as an editor counts them. */
export function countLines(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

/** Library names, and paths from the project's root for what is imported by a relative path. */
function listImports(path: string, code: string, { module }: ParseResult): string[] {
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    // Dynamic imports, and types written as import('…').
    ...[...code.matchAll(/\bimport\(\s*['"]([^'"]+)/g)].flatMap(([, value]) => value ?? []),
  ];
  return specifiers.map((specifier) => {
    if (specifier.startsWith('.')) return join(dirname(path), specifier).replace(/\.js$/, '.ts');
    if (specifier.startsWith('node:')) return specifier;
    const parts = specifier.split('/');
    return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  });
}

function judgeImport(path: string, target: string): string[] {
  const owner = owners.find(([library]) => library.test(target));
  if (owner === undefined) return [`imports ${target}, which has no owner in the table`];
  if (!owner[1].some((prefix) => path.startsWith(prefix))) {
    return [`imports ${target}, which only ${owner[1].join(', ')} may`];
  }
  if (!path.startsWith('src/') || !target.startsWith('src/')) return [];
  const [from, to] = [placeOf(path), placeOf(target)];
  if (from === -1) return ['is in no place that the design knows'];
  return to > from ? [`imports ${target}, which is to its right`] : [];
}

function placeOf(path: string): number {
  return places.indexOf(path.split('/')[1] ?? '');
}

function judgeExports(text: string, parsed: ParseResult): string[] {
  return parsed.module.staticExports.flatMap(({ start, entries }) => {
    if (entries.some(({ moduleRequest }) => moduleRequest !== null)) {
      return ['re-exports from another file: a barrel hides the import direction'];
    }
    if (entries.some(({ exportName }) => exportName.kind === 'Default')) {
      return ['has a default export'];
    }
    const name = entries[0]?.exportName.name ?? 'something';
    return isDocumented(start, text, parsed) ? [] : [`exports ${name} without a doc comment`];
  });
}

function isDocumented(start: number, text: string, { comments }: ParseResult): boolean {
  const last = comments.findLast(({ end }) => end <= start);
  return last?.value.startsWith('*') === true && text.slice(last.end, start).trim() === '';
}

function withoutComments(text: string, { comments }: ParseResult): string {
  let code = '';
  let at = 0;
  for (const { start, end } of comments) {
    code += text.slice(at, start);
    at = end;
  }
  return code + text.slice(at);
}
