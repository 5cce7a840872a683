import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const { version, engines } = readJson('package.json');

/** Where a version of EWallet is written, and how. */
const places: [path: string, pattern: RegExp][] = [
  ['clients/python/pyproject.toml', /^\[project\]\n(?:[^[]*\n)*?version = "(.*)"$/m],
  ['clients/java/pom.xml', /<artifactId>ewallet-client<\/artifactId>\s*<version>(.*)<\/version>/],
  ['clients/java/README.md', /`org\.ewallet:ewallet-client:(.*?)`/],
  ['clients/go/doc.go', /^const Version = "(.*)"$/m],
  ['clients/go/README.md', /ewallet\/client@v(\S+)/],
];

test.each(places)('%s has the version of the service', (path, pattern) => {
  expect(pattern.exec(read(path))?.[1]).toBe(version);
});

test('the npm packages have the version and the engines of the service', () => {
  const client = readJson('clients/typescript/package.json');
  const cli = readJson('clients/cli/package.json');
  expect({ version: client.version, engines: client.engines }).toEqual({ version, engines });
  expect({ version: cli.version, engines: cli.engines }).toEqual({ version, engines });
  expect(cli.dependencies?.['@ewallet/client']).toBe(version);
});

function readJson(path: string): {
  version: string;
  engines: unknown;
  dependencies?: Record<string, string>;
} {
  return JSON.parse(read(path));
}

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
