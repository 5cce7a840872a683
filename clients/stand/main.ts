/**
 * The test stand of the clients: real servers that tests in any language start, kill and restart over HTTP.
 * README.md beside this file tells how.
 */
import { runCommand } from './run-command.js';
import { startStand } from './stand.js';

const [command, ...args] = process.argv.slice(2);
const outer = process.env.EWALLET_STAND_URL;
const stand = outer ? { url: outer, stop: async () => {} } : await startStand();
try {
  if (command === undefined) {
    console.log(`The stand is at ${stand.url}; Ctrl-C ends it.`);
    await new Promise((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
  } else {
    process.exitCode = await runCommand(command, args, { EWALLET_STAND_URL: stand.url });
  }
} finally {
  await stand.stop();
}
