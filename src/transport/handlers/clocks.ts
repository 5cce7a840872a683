import type { CallContext } from 'nice-grpc';
import type {
  ClockServiceImplementation,
  ConvertClockToCreditsResponse,
  ConvertCreditsToClockResponse,
  GetClockResponse,
  PauseTimerResponse,
  ResumeTimerResponse,
  StartTimerResponse,
  StopTimerResponse,
} from '../../../generated/ewallet/v1/clock_service.js';
import { observeTime } from '../../domain/clocks/clocks.js';
import type { Domain } from '../../domain/domain.js';
import { requestIdOf } from '../../domain/ledger/money-request.js';
import type { Time } from '../../lib/time.js';
import { asUser } from '../../model/caller.js';
import type { HandlerContext } from '../call-middleware.js';
import { fromDuration } from '../convert.js';
import { readOptionalId } from '../ids.js';
import { toClockOutcome, toConversionOutcome, toStopOutcome } from '../messages/clock-outcomes.js';
import { toClock } from '../messages/clocks.js';
import { markReplayed } from '../replayed.js';

/** Creates the handlers of ClockService for what a clock is for. */
export function createClockHandlers(
  { clocks, clockOperations }: Pick<Domain, 'clocks' | 'clockOperations'>,
  time: Time,
): Pick<
  ClockServiceImplementation<HandlerContext>,
  | 'getClock'
  | 'convertCreditsToClock'
  | 'convertClockToCredits'
  | 'startTimer'
  | 'pauseTimer'
  | 'resumeTimer'
  | 'stopTimer'
> {
  async function command(
    kind: Parameters<Domain['clockOperations']['command']>[0],
    request: { requestId: string; clockId: string },
    context: CallContext & HandlerContext,
  ) {
    const { caller, signal } = context;
    const outcome = await clockOperations.command(kind, asUser(caller), fromClock(request), signal);
    return markReplayed(context, outcome);
  }

  return {
    async getClock({ clockId }, { caller }): Promise<GetClockResponse> {
      const user = asUser(caller);
      const clock = await clocks.getClock(user, readOptionalId('clock', clockId));
      return { clock: toClock(clock, observeTime(user, time.now())) };
    },
    async convertCreditsToClock(request, context): Promise<ConvertCreditsToClockResponse> {
      const { credits, notes } = request;
      const input = { ...fromClock(request), credits, notes };
      const user = asUser(context.caller);
      const outcome = await clockOperations.toClock(user, input, context.signal);
      return toConversionOutcome(markReplayed(context, outcome));
    },
    async convertClockToCredits(request, context): Promise<ConvertClockToCreditsResponse> {
      const { time: asked, notes } = request;
      const timeMs = asked ? fromDuration(asked) : null;
      const input = { ...fromClock(request), timeMs, notes };
      const user = asUser(context.caller);
      const outcome = await clockOperations.fromClock(user, input, context.signal);
      return toConversionOutcome(markReplayed(context, outcome));
    },
    async startTimer(request, context): Promise<StartTimerResponse> {
      return toClockOutcome(await command('START', request, context));
    },
    async pauseTimer(request, context): Promise<PauseTimerResponse> {
      return toClockOutcome(await command('PAUSE', request, context));
    },
    async resumeTimer(request, context): Promise<ResumeTimerResponse> {
      return toClockOutcome(await command('RESUME', request, context));
    },
    async stopTimer(request, context): Promise<StopTimerResponse> {
      return toStopOutcome(await command('STOP', request, context));
    },
  };
}

function fromClock({ requestId, clockId }: { requestId: string; clockId: string }) {
  return { requestId: requestIdOf(requestId), clockId: readOptionalId('clock', clockId) };
}
