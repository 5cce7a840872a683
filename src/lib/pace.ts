import type { Ticker } from './ticker.js';
import type { Time } from './time.js';

/**
 * What a long stream has to do now:
 * - stop: end, because the server stops.
 * - end: end, because it has lived long enough.
 * - check: find out whether it is still allowed. Comes every interval, however busy it is.
 * - beat: give a sign of life, because nothing was sent for an interval.
 * - wake: look for something to send.
 */
export type Turn = 'stop' | 'end' | 'check' | 'beat' | 'wake';

/** What a pace goes by. Spans are milliseconds. */
export type PaceOptions = {
  readonly ticker: Ticker;
  readonly time: Time;
  readonly beatMs: number;
  readonly lifeMs: number;
  /** How long a reader may take for one message. */
  readonly stuckMs: number;
  /** Aborted when the stream is over. */
  readonly signal: AbortSignal;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Told once when the reader did not take a message in time: the stream itself waits for the reader and cannot tell. */
  readonly onStuck: () => void;
};

/** The timing of one long stream. */
export type Pace = {
  /** What is to be done at once, if anything. Each turn but the first two is given once. */
  due(): Turn | undefined;
  /** Waits until something is to be done. @throws the reason of `signal` when it is aborted. */
  next(): Promise<Turn>;
  /** Makes {@link next} give `wake`. */
  wake(): void;
  /** Hands the events on, and watches over the time that the reader takes for each. */
  paced<T>(events: AsyncIterable<T>): AsyncGenerator<T, void, undefined>;
  close(): void;
};

/** Creates the timing of a stream that begins now. */
export function createPace(options: PaceOptions): Pace {
  const { ticker, time, signal, stopping } = options;
  const raised = new Set<Turn>();
  let waiting = () => {};

  function raise(turn: Turn): void {
    raised.add(turn);
    waiting();
  }

  const beat = ticker.alarm(() => raise('beat'));
  const check = ticker.alarm(() => raise('check'));
  const life = ticker.alarm(() => raise('end'));
  const stuck = ticker.alarm(options.onStuck);
  const onAbort = () => waiting();
  const onStop = () => raise('stop');
  signal.addEventListener('abort', onAbort);
  stopping.addEventListener('abort', onStop);
  if (stopping.aborted) raised.add('stop');
  rest();
  check.set(time.now() + options.beatMs);
  life.set(time.now() + options.lifeMs);

  function rest(): void {
    raised.delete('beat');
    beat.set(time.now() + options.beatMs);
  }

  function due(): Turn | undefined {
    if (raised.has('stop')) return 'stop';
    if (raised.has('end')) return 'end';
    if (raised.delete('check')) {
      check.set(time.now() + options.beatMs);
      return 'check';
    }
    if (!raised.delete('beat')) return undefined;
    beat.set(time.now() + options.beatMs);
    return 'beat';
  }

  return {
    due,
    async next() {
      for (;;) {
        signal.throwIfAborted();
        const turn = due() ?? (raised.delete('wake') ? 'wake' : undefined);
        if (turn) return turn;
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
    wake: () => raise('wake'),
    async *paced(events) {
      for await (const event of events) {
        stuck.set(time.now() + options.stuckMs);
        yield event;
        stuck.set(null);
        rest();
      }
    },
    close() {
      for (const alarm of [beat, check, life, stuck]) alarm.cancel();
      signal.removeEventListener('abort', onAbort);
      stopping.removeEventListener('abort', onStop);
    },
  };
}
