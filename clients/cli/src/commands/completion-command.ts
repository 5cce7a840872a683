import { script } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/*
 * The library's script for bash needs a package that is not everywhere, evaluates what is on the command line as it is typed, and
 * complains when it is read twice. This one asks the program in the same way.
 */
const bashScript = `# bash completion for ewallet
_ewallet_completion() {
  local current="\${COMP_WORDS[COMP_CWORD]}" value rest
  COMPREPLY=()
  while IFS=$'\\t' read -r value rest; do
    if [[ $value != :* && $value == "$current"* ]]; then COMPREPLY+=("$value"); fi
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _ewallet_completion ewallet
`;

/** Adds `ewallet completion <shell>`, and the hidden command that the scripts ask. Last: it knows the commands that are there. */
export function addCompletionCommands(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  const command = program.commands.find((child) => child.name() === 'completion');
  command
    ?.description('Write the completion script of a shell: source <(ewallet completion bash)')
    .action((shell: string) => {
      if (shell === 'bash') process.stdout.write(bashScript);
      else script(shell, program.name(), program.name());
    });
}
