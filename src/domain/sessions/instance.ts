import type { Time } from '../../lib/time.js';
import type { Database } from '../../storage/database.js';
import {
  deleteInstance,
  type InstanceKey,
  insertInstance,
  renewInstance,
} from '../../storage/instances.js';
import type { LeaseTime } from '../../storage/lease-time.js';
import { withTransaction } from '../../storage/transaction.js';

/** This running server among those that share the database: the holder of a lease on its workers. */
export type Instance = {
  readonly number: bigint;
  /** The key that its workers carry. Registers the instance first when it holds no lease. */
  key(): Promise<InstanceKey>;
  /** To be told that the lease under this key was found taken. */
  lost(key: InstanceKey): void;
  /** Starts the lease anew from now. When others have taken it, registers under a new epoch: the old workers are theirs. */
  renew(): Promise<void>;
  /** Gives the lease back, so that others adopt the sessions at once. */
  release(): Promise<void>;
};

/** What an instance stands on. */
export type InstanceDeps = {
  readonly db: Database;
  readonly time: Time;
  readonly leaseTime: LeaseTime;
  readonly instanceNumber: bigint;
  readonly settings: { readonly leaseMs: number };
};

/** Creates the instance. It registers when it is first used. */
export function createInstance(deps: InstanceDeps): Instance {
  const { db, time, leaseTime, instanceNumber } = deps;
  const lease = { leaseTime, leaseMs: deps.settings.leaseMs };
  let registering: Promise<InstanceKey> | undefined;

  async function register(): Promise<InstanceKey> {
    try {
      const input = { instanceNumber, ...lease, startTime: time.now() };
      const epoch = await withTransaction(db, (tx) => insertInstance(tx, input));
      return { instanceNumber, epoch };
    } catch (error) {
      registering = undefined;
      throw error;
    }
  }

  function key(): Promise<InstanceKey> {
    registering ??= register();
    return registering;
  }

  let current: InstanceKey | undefined;
  async function knownKey(): Promise<InstanceKey> {
    current = await key();
    return current;
  }

  function lost(lostKey: InstanceKey): void {
    if (current?.epoch === lostKey.epoch) registering = undefined;
  }

  return {
    number: instanceNumber,
    key: knownKey,
    lost,
    async renew() {
      const held = await knownKey();
      if (await withTransaction(db, (tx) => renewInstance(tx, held, lease))) return;
      lost(held);
      await knownKey();
    },
    async release() {
      if (!registering) return;
      const held = await knownKey();
      registering = undefined;
      await withTransaction(db, (tx) => deleteInstance(tx, held));
    },
  };
}
