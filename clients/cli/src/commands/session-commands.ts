import { Command } from 'commander';
import { findMethod } from '../api/api.js';
import type { ContextFactory } from './context.js';

/** Commands about the tokens of the profile, which go into the profile and not onto the screen. */
export function createSessionCommands(createContext: ContextFactory): Command[] {
  const begin = new Command('new')
    .description(
      'Begin a session of a new client: new tokens for the profile. Who was logged in is not any more.',
    )
    .action(async () => {
      const context = createContext(begin.optsWithGlobals());
      context.save({ credentials: undefined });
      await context.api.beginSession();
      context.printer.tell('The profile has new tokens. Next: ewallet login.');
    });
  const rotate = new Command('rotate')
    .description(
      'Replace the session token of the profile; the old one stops at once, and logins are kept.',
    )
    .action(async () => {
      const context = createContext(rotate.optsWithGlobals());
      await context.api.rotate();
      context.printer.tell('The profile has a new session token.');
    });
  const keepAlive = new Command('keep-alive')
    .description(
      'Extend the client token and the session token of the profile. Every command does so when half of their time is over.',
    )
    .action(async () => {
      const context = createContext(keepAlive.optsWithGlobals());
      await context.api.call(findMethod('SessionService.KeepClientTokenAlive'), {});
      const method = findMethod('SessionService.KeepSessionTokenAlive');
      const { reply } = await context.api.call(method, {});
      context.printer.reply(method.output, reply);
    });
  const end = new Command('end')
    .description(
      'End the session: everybody on it is logged out, and the profile forgets its tokens.',
    )
    .action(async () => {
      const context = createContext(end.optsWithGlobals());
      const method = findMethod('SessionService.EndSession');
      const { reply } = await context.api.call(method, {});
      context.save({ credentials: undefined });
      context.printer.reply(method.output, reply);
    });
  return [begin, rotate, keepAlive, end];
}
