import tab from '@bomb.sh/tab/commander';
import { buildInfo } from '@mission-control/runtime';
import { Command } from 'commander';
import { addAsOf } from './commands/as-of.ts';
import { addAudit } from './commands/audit.ts';
import { addBoards } from './commands/boards.ts';
import { addEvents } from './commands/events.ts';
import { addPayloads } from './commands/payloads.ts';
import { addProjections } from './commands/projections.ts';
import { addReceipts } from './commands/receipts.ts';
import { addReplays } from './commands/replays.ts';
import { addWebhooks } from './commands/webhooks.ts';
import type { Context } from './context.ts';
import { eventsCommands } from './events-commands.ts';
import { harmless } from './output/write.ts';

const afterHelp = `
Ids of boards may be slugs. MCW_URL, MCW_BOARD, MCW_WEBHOOK and MCW_TOKEN_FILE save typing.

Examples:
  mcw boards list
  mcw payloads list --board releases --webhook <webhook-id> --since 2h
  source <(mcw completion bash)

Exit codes: 0 done; 1 failed; 2 wrong command line, variable or value; 3 the system is away or cannot answer now: run the same command
again; 4 the token is missing, wrong, or may not do this; 5 not found; 6 the system is of a release without this function; 130 Ctrl-C.`;

const completionExamples = `
Examples:
  source <(mcw completion bash)
  mcw completion zsh > "\${fpath[1]}/_mcw"
  mcw completion fish > ~/.config/fish/completions/mcw.fish`;

/** All commands of `mcw`. */
export const mcwProgram = (context: Context): Command => {
  // Commands that are added below inherit it.
  const program = new Command('mcw')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      // What is wrong is quoted from the command line.
      writeErr: (text) => void context.stderr.write(harmless(text)),
    })
    .showHelpAfterError('(--help shows what there is)')
    .description('commands for operators of Mission Control Webhooks, over its public API')
    .version(buildInfo().version)
    .addHelpText('after', afterHelp);
  addProjections(program, context);
  addReplays(program, context);
  addPayloads(program, context);
  addWebhooks(program, context);
  addBoards(program, context);
  addAsOf(program, context);
  addAudit(program, context);
  addReceipts(program, context);
  const events = eventsCommands('events').copyInheritedSettings(program);
  events.description('lists and follows events over the API; copies, compares and marks event logs');
  program.addCommand(events);
  addEvents(events, context);
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('prints a script that completes commands and options')
    .addHelpText('after', completionExamples);
  return program;
};
