import type { Out } from './printer.js';

/** A part of the screen that is drawn again and again. */
export type LiveView = { stop(): void };

/** Draws on a terminal what `render` says, at once and then every interval, until stopped; the last drawing stays. */
export async function startLiveView(
  out: Out,
  render: () => string,
  intervalMs: number,
): Promise<LiveView> {
  // Loaded when something is drawn: most commands draw nothing and start sooner without.
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(out, { showCursor: false });
  const update = () => draw(render());
  update();
  const timer = setInterval(update, intervalMs);
  return {
    stop() {
      clearInterval(timer);
      update();
      draw.done();
    },
  };
}

/** A bar of a width in characters, filled to a fraction of 0 to 1. */
export function drawBar(fraction: number, width = 30): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
