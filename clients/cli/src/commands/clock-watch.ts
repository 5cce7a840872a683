import { Command } from 'commander';
import { findMethod } from '../api/api.js';
import { parseDuration } from '../api/values.js';
import {
  durationMs,
  formatDuration,
  formatMoment,
  type Json,
  printable,
} from '../output/format.js';
import { drawBar, startLiveView } from '../output/live.js';
import type { Printer } from '../output/printer.js';
import type { Context, ContextFactory } from './context.js';
import { brokenNote } from './display-notes.js';
import type { RequestJson } from './request.js';

type Fields = { [name: string]: Json | undefined };

/** What the display knows: the clock as the server saw it last, and when that was, on this machine's steady clock. */
type View = { clock: Fields; heardMs: number; warning: string };

/** `ewallet clock watch`: the remaining time as it goes down, and every change of the clock. */
export function createClockWatchCommand(createContext: ContextFactory): Command {
  const method = findMethod('ClockService.WatchClock');
  const command = new Command('watch')
    .description(
      'Watch a clock: on a terminal its remaining time as it goes down, elsewhere a line for each event. Ctrl-C ends it.',
    )
    .argument('[clock-id]', 'The clock; the active one of the active wallet when left out')
    .option('--warn-at <times...>', 'Warn when so much is left, for example 10m 1m; at most 8')
    .option('--until-off', 'End when the timer is off')
    .action(async (clockId: string | undefined) => {
      const context = createContext(command.optsWithGlobals());
      const options = command.opts<{ warnAt?: string[]; untilOff?: boolean }>();
      const request: RequestJson = {
        clockId: clockId ?? '',
        warningThresholds: (options.warnAt ?? []).map((time) => parseDuration(time, '--warn-at')),
      };
      const display = await createDisplay(context);
      try {
        for await (const event of context.api.watch(method, request)) {
          display.show(event);
          if (options.untilOff && isOff(event)) break;
        }
      } finally {
        display.stop();
      }
    });
  return command;
}

async function createDisplay({ printer, stream }: Context) {
  if (!printer.terminal) {
    let titled = printer.json;
    return {
      show(event: RequestJson) {
        if (printer.json) return printer.jsonLine(event);
        if (!titled) printer.line('event_time\tevent\ttimer_state\tremaining\trevision');
        titled = true;
        printer.line(eventLine(event));
      },
      stop() {},
    };
  }
  let view: View | undefined;
  const live = await startLiveView(
    process.stdout,
    () => (view ? render(printer, view, stream.broken) : 'Waiting for the clock.'),
    200,
  );
  return {
    show(event: RequestJson) {
      const { threshold } = (event.warning ?? {}) as Fields;
      const clock = event.clock as Fields | undefined;
      stream.broken = false;
      if (!clock) return;
      const warning = threshold
        ? `Less than ${formatDuration(durationMs(String(threshold)))} left.`
        : '';
      const sinceMs = Date.parse(String(event.eventTime)) - Date.parse(String(clock.observeTime));
      const heardMs = performance.now() - sinceMs;
      view = { clock, heardMs, warning: warning || (view?.warning ?? '') };
    },
    stop: () => live.stop(),
  };
}

/** Time left now: it goes down by itself while the timer runs, whatever this machine's clock says. */
function remainingMs({ clock, heardMs }: View): number {
  const told = durationMs(String(clock.remaining ?? '0s'));
  return clock.runsOutTime ? Math.max(0, told - (performance.now() - heardMs)) : told;
}

function render(printer: Printer, view: View, broken: boolean): string {
  const { clock, warning } = view;
  const left = remainingMs(view);
  const spent = durationMs(String((clock.run as Fields | undefined)?.spent ?? '0s'));
  const whole = durationMs(String(clock.remaining ?? '0s')) + spent;
  const state = String(clock.timerState).replace('TIMER_STATE_', '').toLowerCase();
  const color = state === 'active' ? 'green' : state === 'paused' ? 'yellow' : 'dim';
  const until = clock.runsOutTime ? `  until ${formatMoment(String(clock.runsOutTime))}` : '';
  return [
    `${printer.paint('bold', String(clock.clockId))}  ${printable(String(clock.reference))}`,
    `${printer.paint(color, state)}  ${formatDuration(left)} left${until}`,
    drawBar(whole ? left / whole : 0),
    ...(warning ? [printer.paint('yellow', warning)] : []),
    ...(broken ? [printer.paint('yellow', brokenNote)] : []),
    printer.paint('dim', 'Ctrl-C leaves; the timer goes on.'),
  ].join('\n');
}

function eventLine(event: RequestJson): string {
  const clock = (event.clock ?? {}) as Fields;
  const state = String(clock.timerState ?? '')
    .replace('TIMER_STATE_', '')
    .toLowerCase();
  const cells = [event.eventTime, eventName(event), state, clock.remaining, clock.revision];
  return cells.map((cell) => String(cell ?? '')).join('\t');
}

function eventName(event: RequestJson): string {
  const names = ['snapshot', 'change', 'warning', 'heartbeat', 'draining'];
  return names.find((name) => name in event) ?? '';
}

function isOff(event: RequestJson): boolean {
  return (event.clock as Fields | undefined)?.timerState === 'TIMER_STATE_INACTIVE';
}
