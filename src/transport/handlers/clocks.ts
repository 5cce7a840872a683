import type {
  ClockServiceImplementation,
  GetClockResponse,
} from '../../../generated/ewallet/v1/clock_service.js';
import { observeTime } from '../../domain/clocks/clocks.js';
import type { Domain } from '../../domain/domain.js';
import type { Time } from '../../lib/time.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { readOptionalId } from '../ids.js';
import { toClock } from '../messages/clocks.js';

/** Creates the handlers of ClockService for what a clock is for. */
export function createClockHandlers(
  { clocks }: Pick<Domain, 'clocks'>,
  time: Time,
): Pick<ClockServiceImplementation<HandlerContext>, 'getClock'> {
  return {
    async getClock({ clockId }, { caller }): Promise<GetClockResponse> {
      const user = asUser(caller);
      const clock = await clocks.getClock(user, readOptionalId('clock', clockId));
      return { clock: toClock(clock, observeTime(user, time.now())) };
    },
  };
}
