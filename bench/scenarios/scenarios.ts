import type { Bench } from '../harness/bench.js';
import type { DatabaseHost } from '../harness/databases.js';
import type { Findings } from '../harness/figures.js';
import { measureBigBook } from './big-book.js';
import { measureConcurrency } from './concurrency.js';
import { measureDueTimers } from './due-timers.js';
import { measureLonePayment } from './lone-payment.js';
import { measureOpenLoop } from './open-loop.js';
import { measureOpenSessions } from './open-sessions.js';
import { measurePayments } from './payments.js';
import { measureRest } from './rest.js';
import { measureSqlite } from './sqlite.js';
import { measureStreams } from './streams.js';
import { measureTwoInstances } from './two-instances.js';

/** A scenario, and the engines of which it takes at least one. */
export type Scenario = {
  readonly engines: readonly DatabaseHost['engine'][];
  readonly measure: (bench: Bench) => Promise<Findings>;
};

const onMysql = ['mysql'] as const;
const onAny = ['mysql', 'sqlite'] as const;

/** Every scenario by name, in the order of the report. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  payments: { engines: onMysql, measure: measurePayments },
  streams: { engines: onMysql, measure: measureStreams },
  lone: { engines: onMysql, measure: measureLonePayment },
  book: { engines: onMysql, measure: measureBigBook },
  instances: { engines: onMysql, measure: measureTwoInstances },
  sqlite: { engines: ['sqlite'], measure: measureSqlite },
  rest: { engines: onAny, measure: measureRest },
  timers: { engines: onMysql, measure: measureDueTimers },
  sessions: { engines: onAny, measure: measureOpenSessions },
  concurrency: { engines: onAny, measure: measureConcurrency },
  open: { engines: onAny, measure: measureOpenLoop },
};
