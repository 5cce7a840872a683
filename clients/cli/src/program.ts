import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { createApiCommand } from './commands/api-command.js';
import { createClockWatchCommand } from './commands/clock-watch.js';
import { addCompletionCommands } from './commands/completion-command.js';
import type { ContextFactory } from './commands/context.js';
import { type Declaration, declare } from './commands/declaration.js';
import { createLoginCommand } from './commands/login-command.js';
import { masterDeclarations } from './commands/master-declarations.js';
import { operatorDeclarations } from './commands/operator-declarations.js';
import { createPaymentStreamCommand } from './commands/payment-stream.js';
import { createProfileCommands, createUseCommand } from './commands/profile-commands.js';
import { createRecordsCommand } from './commands/records-command.js';
import { createSessionCommands } from './commands/session-commands.js';
import { userDeclarations } from './commands/user-declarations.js';
import { createVerifyCommand } from './commands/verify-command.js';
import { createWorkersWatchCommand } from './commands/workers-watch.js';
import { exitCodeMeanings } from './errors/exit-codes.js';

const groupSummaries: Record<string, string> = {
  session: 'Tokens and the session of this profile',
  account: 'Your account: profile, password, one-time passwords',
  wallet: 'Wallets: credits, payments, ledger entries',
  clock: 'Clocks: prepaid time and its timer',
  'transfer-sheet': 'Journals of credits that came and went',
  'invoice-sheet': 'Journals of invoices',
  'conversion-sheet': 'Journals of credits that became time, and back',
  'time-sheet': 'Journals of runs of the timer',
  contact: 'Your address book',
  issue: 'Reports to the operator',
  master: 'A master: its keys, its users, its login',
  system: "The operator's tools",
};

/** Commands that are used so often that they need no group. */
const shortcuts: Declaration[] = [
  declare('AccountService.Logout', 'logout [account_id]'),
  declare('WalletService.PayCredits', 'pay <payee> <credits>'),
  declare('WalletService.TransferCredits', 'transfer <payee> <credits>'),
  declare('WalletService.SupplyCredits', 'supply <credits>'),
];

const workerShortcuts: Declaration[] = [
  declare('SystemService.ListWorkers', 'workers list'),
  declare('SystemService.CreateWorker', 'workers create'),
];

/** All declarations of commands that call a method. */
export const declarations = [...userDeclarations, ...masterDeclarations, ...operatorDeclarations];

/** The whole tree of commands. */
export function createProgram(createContext: ContextFactory): Command {
  const program = new Command('ewallet')
    .description("EWallet on the command line: wallets, clocks, masters and the operator's tools.")
    .version(readVersion(), '--version', 'Show the version of this program')
    .option('--profile <name>', 'Use this profile this time, instead of the one in use')
    .option('--json', 'Write JSON: one document, or a line for each event')
    .option('--no-color', 'No colors; NO_COLOR does the same')
    .option('--as <account-id>', "Act for this user as its master's backend, with the backend key")
    .option('--backend', "Act as the master's backend, with the backend key")
    .option('--timeout <time>', 'How long a call may take, retries included; 30s by default')
    .option('--yes', 'Do not ask to confirm');
  program.addHelpText(
    'after',
    () => `\nExit codes:\n${formatExitCodes()}\n\nBegin with: ewallet login`,
  );

  program.commandsGroup('Every day:');
  program.addCommand(createLoginCommand(createContext));
  for (const shortcut of shortcuts) program.addCommand(createApiCommand(shortcut, createContext));
  program.addCommand(createRecordsCommand(createContext));
  program.commandsGroup('Profiles:');
  program.addCommand(createUseCommand(createContext));
  program.addCommand(createProfileCommands(createContext));
  program.commandsGroup('All of the API:');
  const groups = new Map<string, Command>();
  for (const [name, summary] of Object.entries(groupSummaries)) {
    const group = new Command(name).description(summary);
    groups.set(name, group);
    program.addCommand(group);
  }
  for (const declaration of declarations) {
    const [group = ''] = declaration.path.split(' ');
    groups.get(group)?.addCommand(createApiCommand(declaration, createContext));
  }
  for (const command of createSessionCommands(createContext))
    groups.get('session')?.addCommand(command);
  groups.get('wallet')?.addCommand(createPaymentStreamCommand(createContext));
  groups.get('clock')?.addCommand(createClockWatchCommand(createContext));
  groups.get('system')?.addCommand(createWorkersWatchCommand('watch-workers', createContext));
  groups.get('system')?.addCommand(createVerifyCommand(createContext));
  program.commandsGroup('For the operator:');
  program.addCommand(createVerifyCommand(createContext));
  const workers = new Command('workers').description('Session workers of all servers');
  for (const declaration of workerShortcuts)
    workers.addCommand(createApiCommand(declaration, createContext));
  workers.addCommand(createWorkersWatchCommand('watch', createContext));
  program.addCommand(workers);
  program.commandsGroup('Shell:');
  addCompletionCommands(program);
  settle(program);
  return program;
}

/** Errors are thrown, so that one place tells of them. */
function settle(command: Command): void {
  command
    .exitOverride()
    .helpOption('-h, --help', 'Show help')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} });
  if (command.commands.length) command.helpCommand('help [command]', 'Show help');
  for (const child of command.commands) settle(child);
}

function formatExitCodes(): string {
  return exitCodeMeanings
    .map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`)
    .join('\n');
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
