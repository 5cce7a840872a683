import { defineConfig } from 'vitest/config';
import { findMysql } from './test/support/find-mysql.js';

/** Suites that touch the database run once per engine. */
const engineTests = ['test/{storage,grpc,rest,invariants,e2e}/**/*.test.ts'];

/** `make test` has tried to install a server by now; without one the reporter says so, loudly. */
const mysqlProjects = findMysql() === undefined ? [] : [engineProject('mysql')];

function engineProject(engine: 'sqlite' | 'mysql') {
  return {
    extends: true as const,
    test: {
      name: engine,
      include: engineTests,
      provide: { engine },
      setupFiles: ['test/support/drop-databases.ts'],
      globalSetup: [
        'test/support/build-setup.ts',
        ...(engine === 'mysql' ? ['test/support/mysql-setup.ts'] : []),
      ],
    },
  };
}

export default defineConfig({
  test: {
    // Two busy cores and a durable database: slow is not wrong, hanging is.
    // One more than the default on two cores: most tests wait for their database.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/engine-count-reporter.ts'],
    projects: [
      {
        extends: true as const,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/*.test.ts'] },
      },
      engineProject('sqlite'),
      ...mysqlProjects,
    ],
  },
});
