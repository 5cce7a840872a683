import type { TestProject } from 'vitest/node';
import { findMysql } from './find-mysql.js';
import { startMysqlServer } from './mysql-server.js';

/** Gives the mysql project its server: the one in the environment, or a private throwaway one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const source = findMysql();
  if (source === undefined) throw new Error('The mysql project needs a MySQL server.');
  if (source.kind === 'url') {
    project.provide('mysqlUrl', source.url.replace(/\/$/, ''));
    return async () => {};
  }
  const server = await startMysqlServer(source.path);
  project.provide('mysqlUrl', server.url);
  return server.stop;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that the suite runs on this time. Unset in the unit project. */
    engine: 'sqlite' | 'mysql';
    /** Base URL of the MySQL server, without a database. Set in the mysql project only. */
    mysqlUrl: string;
  }
}
