import type { Plan } from '../plan.js';
import { type DatabaseHost, openMysqlHost, openSqliteHost } from './databases.js';
import { type LoadGenerator, startLoadGenerator } from './load-generator.js';

/** What scenarios stand on. */
export type Bench = {
  readonly plan: Plan;
  readonly engines: readonly DatabaseHost['engine'][];
  readonly generator: LoadGenerator;
  /** The host of an engine; started when it is first asked for. */
  host(engine: DatabaseHost['engine']): Promise<DatabaseHost>;
  /** Tells what is going on. */
  say(text: string): void;
  stop(): Promise<void>;
};

/** How to run. */
export type BenchOptions = {
  readonly plan: Plan;
  readonly engines: readonly DatabaseHost['engine'][];
  /** A MySQL server that is there, without a database; a private one is started otherwise. */
  readonly mysqlUrl?: string;
};

/** Starts the load generator; databases follow when they are needed. */
export async function openBench({ plan, engines, mysqlUrl }: BenchOptions): Promise<Bench> {
  const generator = await startLoadGenerator();
  const hosts = new Map<DatabaseHost['engine'], Promise<DatabaseHost>>();
  return {
    plan,
    engines,
    generator,
    host(engine) {
      const opened =
        hosts.get(engine) ??
        (engine === 'mysql' ? openMysqlHost(mysqlUrl) : Promise.resolve(openSqliteHost()));
      hosts.set(engine, opened);
      return opened;
    },
    say: (text) => console.error(text),
    async stop() {
      await generator.stop();
      for (const opened of hosts.values()) {
        const host = await opened.catch(() => undefined);
        await host?.stop();
      }
    },
  };
}
