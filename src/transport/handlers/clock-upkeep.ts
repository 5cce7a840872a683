import type {
  ClockServiceImplementation,
  CreateClockResponse,
  ListClocksResponse,
  SwitchClockResponse,
  UnlinkClockResponse,
} from '../../../generated/ewallet/v1/clock_service.js';
import { observeTime } from '../../domain/clocks/clocks.js';
import type { Domain } from '../../domain/domain.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import type { Time } from '../../lib/time.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { readId, readOptionalId } from '../ids.js';
import { toStopOutcome } from '../messages/clock-outcomes.js';
import { toClock } from '../messages/clocks.js';
import { nextOwnedToken, readOwnedPage } from '../messages/sheets.js';
import { markReplayed } from '../replayed.js';

/** Creates the handlers of ClockService for what a user does with its clocks as such. */
export function createClockUpkeepHandlers(
  { clockUpkeep, unlinkClock }: Pick<Domain, 'clockUpkeep' | 'unlinkClock'>,
  time: Time,
): Pick<
  ClockServiceImplementation<HandlerContext>,
  'createClock' | 'listClocks' | 'switchClock' | 'unlinkClock'
> {
  return {
    async createClock({ walletId, reference }, { caller }): Promise<CreateClockResponse> {
      const user = asUser(caller);
      const input = { walletId: readOptionalId('wallet', walletId), reference };
      const clock = await clockUpkeep.create(user, input);
      return { clock: toClock(clock, observeTime(user, time.now())) };
    },
    async listClocks(request, { caller }): Promise<ListClocksResponse> {
      const user = asUser(caller);
      const list = `ListClocks ${user.user.id} ${request.walletId}`;
      const { ownerId, page } = readOwnedPage(list, request);
      const named = ownerId ?? readOptionalId('wallet', request.walletId);
      const found = await clockUpkeep.list(user, named, page);
      const now = observeTime(user, time.now());
      return {
        clocks: found.rows.map((clock) => toClock(clock, now)),
        nextPageToken: nextOwnedToken(list, found),
      };
    },
    async switchClock({ clockId }, { caller }): Promise<SwitchClockResponse> {
      const user = asUser(caller);
      const clock = await clockUpkeep.switchTo(user, readId('clock', clockId));
      return { clock: toClock(clock, observeTime(user, time.now())) };
    },
    async unlinkClock(request, context): Promise<UnlinkClockResponse> {
      const input = {
        requestId: requestIdOf(request.requestId),
        clockId: readId('clock', request.clockId),
        moveToId: readOptionalId('clock', request.moveToClockId),
      };
      const outcome = await unlinkClock.unlink(asUser(context.caller), input, context.signal);
      const { operation, timeRecord } = toStopOutcome(markReplayed(context, outcome));
      return { operation, timeRecord };
    },
  };
}
