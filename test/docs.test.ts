import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';
import { variables } from '../src/config.js';

/** Paths are relative to the project's folder, which is where the tests run. */
const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}

/** All code in a document: fenced blocks, and what stands between backticks. */
function codeOf(text: string): string {
  const fenced = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const inline = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)];
  return [...fenced, ...inline.map(([, code]) => code)].join('\n');
}

/** All first groups of a pattern's matches, once each. */
function findAll(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found]) => found ?? ''))];
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return findAll(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isBroken(document: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return false;
  const [file, anchor] = link.split('#') as [string, string?];
  const target = file === '' ? document : join(dirname(document), file);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
}

const makeTargets = findAll(textOf('Makefile'), /^([a-z]+):/gm);
const npmScripts = Object.keys(JSON.parse(textOf('package.json')).scripts);

/** Settings of the server, and those that the tests read. */
const settings = new Set([
  ...Object.values(variables).map(({ name }) => name as string),
  ...readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => findAll(textOf(join('test', name)), /process\.env\.(EWALLET_TEST_\w+)/g)),
]);

test('there are documents for those who start, use and change it', () => {
  expect(documents).toEqual(
    expect.arrayContaining([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'README.md',
      'docs/architecture.md',
      'docs/configuration.md',
    ]),
  );
});

describe.each(documents)('%s', (document) => {
  const text = textOf(document);
  const code = codeOf(text);

  test('links to what is there', () => {
    const links = findAll(text.replace(/^```[\s\S]*?^```$/gm, ''), /\]\(([^)\s]+)\)/g);
    expect(links.filter((link) => isBroken(document, link))).toEqual([]);
  });

  test('names files that are there', () => {
    const places = /(?<![\w./-])((?:src|test|scripts|docs|proto|migrations|\.ci)\/[\w./-]*\w\/?)/g;
    const paths = findAll(code, places);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('names make targets and npm scripts that are there', () => {
    const targets = findAll(code, /(?:^|[\s;&])make((?: [a-z]+)+)/gm).flatMap((names) =>
      names.trim().split(' '),
    );
    expect(targets.filter((name) => !makeTargets.includes(name))).toEqual([]);
    const scripts = findAll(code, /npm run (?:--silent )?([\w:-]+)/g);
    expect(scripts.filter((name) => !npmScripts.includes(name))).toEqual([]);
  });

  test('names settings that are there', () => {
    const named = findAll(text, /\b(EWALLET_[A-Z_]*[A-Z])\b/g);
    expect(named.filter((name) => !settings.has(name))).toEqual([]);
  });
});
