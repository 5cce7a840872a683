import { createRepeater } from '../../lib/repeater.js';
import type { Instance } from './instance.js';
import { type Takeover, type TakeoverDeps, takeOver } from './takeover.js';

/** Keeps the lease of this instance, and watches over those of the others. */
export type LeaseKeeper = {
  /** Renews the own lease, and takes over from instances whose lease has run out. */
  beat(): Promise<Takeover>;
  /** Beats once, and then three times in the period of a lease. */
  start(): Promise<void>;
  /** Beats no more and gives the lease back: the others adopt the sessions at their next beat. */
  stop(): Promise<void>;
};

/** Creates the keeper of the instance's lease. */
export function createLeaseKeeper(
  deps: TakeoverDeps & { readonly instance: Instance; readonly settings: { leaseMs: number } },
): LeaseKeeper {
  const { instance, logger } = deps;
  let stopped = false;

  async function beat(): Promise<Takeover> {
    await instance.renew();
    const takeover = await takeOver(deps);
    if (takeover.instances.length + takeover.sessionCount + takeover.workerCount > 0) {
      const { instances, sessionCount, workerCount } = takeover;
      const numbers = instances.map(({ instanceNumber }) => String(instanceNumber));
      logger.warn({ instances: numbers, sessionCount, workerCount }, 'took over');
    }
    return takeover;
  }

  const repeater = createRepeater(
    async () => {
      if (!stopped) await beat();
    },
    {
      intervalMs: deps.settings.leaseMs / 3,
      onFailure: (error) => logger.warn({ error }, 'the lease was not renewed'),
    },
  );

  return {
    beat,
    async start() {
      await repeater.now();
      repeater.start();
    },
    async stop() {
      repeater.stop();
      stopped = true;
      // A beat that runs gets to its end: it must not register the instance again.
      await repeater.now().catch(() => {});
      await instance
        .release()
        .catch((error) => logger.warn({ error }, 'the lease was not given back: it will run out'));
    },
  };
}
