import { readFileSync } from 'node:fs';
import type { Server } from '../../../stand/test-servers.js';

/** The programs of README.md: the first example, and all others together. They name the server of `make run`. */
export function readExamples(): { readonly first: string; readonly rest: string } {
  const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [first = '', ...rest] = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  return { first, rest: rest.join('\n') };
}

/** The same program for another server. */
export function pointTo(server: Server, program: string): string {
  return program
    .replaceAll('127.0.0.1:50051', server.address)
    .replaceAll('127.0.0.1:50052', server.operatorAddress)
    .replaceAll('development-operator-key', server.operatorKey);
}
