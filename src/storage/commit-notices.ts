import type { Knex } from 'knex';

/** What committed transactions of this process may tell of. */
export type CommitTopic = 'workers' | 'clocks';

const announced = new WeakMap<Knex.Transaction, Set<CommitTopic>>();
const listeners = new WeakMap<Knex, Map<CommitTopic, Set<() => void>>>();

/** Has the transaction tell of something once it is committed. */
export function announce(tx: Knex.Transaction, topic: CommitTopic): void {
  const topics = announced.get(tx) ?? new Set();
  announced.set(tx, topics.add(topic));
}

/**
 * Listens to what transactions on this pool tell of. A hint, no more: other processes are not heard, nor is a commit without a known
 * answer.
 */
export function onCommitted(pool: Knex, topic: CommitTopic, listener: () => void): void {
  const byTopic = listeners.get(pool) ?? new Map<CommitTopic, Set<() => void>>();
  listeners.set(pool, byTopic);
  byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(listener));
}

/** Tells of what a transaction has announced. For `withTransaction`, after COMMIT. */
export function tellCommitted(pool: Knex, tx: Knex.Transaction): void {
  for (const topic of announced.get(tx) ?? []) tell(pool, topic);
}

/** Tells of something that was committed without a transaction of knex. */
export function tell(pool: Knex, topic: CommitTopic): void {
  for (const listener of listeners.get(pool)?.get(topic) ?? []) listener();
}
