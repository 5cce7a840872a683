import { Command } from 'commander';
import { findMessage, findMethod } from '../api/api.js';
import { enumName } from '../api/enums.js';
import { columnsOf, titleOf } from '../output/columns.js';
import { formatField, formatMoment, type Json } from '../output/format.js';
import { startLiveView } from '../output/live.js';
import type { Context, ContextFactory } from './context.js';
import { brokenNote } from './display-notes.js';
import type { RequestJson } from './request.js';

type Worker = { [name: string]: Json };

/** `ewallet workers watch`: the session workers of all servers as a table that stays true. */
export function createWorkersWatchCommand(name: string, createContext: ContextFactory): Command {
  const method = findMethod('SystemService.WatchWorkers');
  const states = method.input.fields.find((field) => field.name === 'states')?.enum;
  const command = new Command(name)
    .description(
      'Watch the session workers of all servers: on a terminal a table that stays true, elsewhere a line for each change. Ctrl-C ends it.',
    )
    .option('--states <names...>', 'Only workers that are vacant, available or occupied')
    .action(async () => {
      const context = createContext(command.optsWithGlobals());
      const { states: wanted = [] } = command.opts<{ states?: string[] }>();
      const request: RequestJson = {
        states: wanted.map((state) => (states ? enumName(states, state, '--states') : state)),
      };
      const display = await createDisplay(context);
      try {
        for await (const event of context.api.watch(method, request)) display.show(event);
      } finally {
        display.stop();
      }
    });
  return command;
}

async function createDisplay({ printer, stream }: Context) {
  const columns = columnsOf(findMessage('ewallet.system.v1.Worker'));
  const cells = (worker: Worker) =>
    columns.map((field) => formatField(field, worker[field.jsonName], printer.style));
  if (!printer.terminal) {
    if (!printer.json) printer.line(['event', ...columns.map((field) => field.name)].join('\t'));
    return {
      show(event: RequestJson) {
        if (printer.json) return printer.jsonLine(event);
        for (const { what, worker } of changesOf(event))
          printer.line([what, ...cells(worker)].join('\t'));
      },
      stop() {},
    };
  }
  const workers = new Map<string, Worker>();
  let heard = '';
  const render = () => {
    const shown = [...workers.values()].sort((a, b) =>
      String(a.workerId).localeCompare(String(b.workerId)),
    );
    const sessions = shown.reduce((sum, worker) => sum + Number(worker.sessionCount), 0);
    return [
      `Workers: ${shown.length}. Sessions: ${sessions}. As of ${heard ? formatMoment(heard) : 'soon'}`,
      shown.length
        ? printer.table(shown.map(cells), columns.map(titleOf))
        : 'There are no workers.',
      ...(stream.broken ? [printer.paint('yellow', brokenNote)] : []),
      printer.paint('dim', 'Ctrl-C leaves.'),
    ].join('\n');
  };
  const live = await startLiveView(process.stdout, render, 500);
  return {
    show(event: RequestJson) {
      stream.broken = false;
      heard = String(event.eventTime);
      if ('reset' in event) workers.clear();
      for (const { what, worker } of changesOf(event)) {
        if (what === 'removed') workers.delete(String(worker.workerId));
        else workers.set(String(worker.workerId), worker);
      }
    },
    stop: () => live.stop(),
  };
}

/** What an event tells of workers. */
function changesOf(event: RequestJson): { what: string; worker: Worker }[] {
  const { workers } = (event.snapshot ?? {}) as { workers?: Worker[] };
  const change = (event.change ?? {}) as { upserted?: Worker; removedWorkerId?: string };
  const changes = (workers ?? []).map((worker) => ({ what: 'snapshot', worker }));
  if (change.upserted) changes.push({ what: 'changed', worker: change.upserted });
  const { removedWorkerId } = change;
  if (removedWorkerId) changes.push({ what: 'removed', worker: { workerId: removedWorkerId } });
  if ('reset' in event) changes.push({ what: 'reset', worker: {} });
  return changes;
}
