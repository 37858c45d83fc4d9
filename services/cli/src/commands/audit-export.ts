import { type Command, Option } from 'commander';
import { unreachable } from '../api/failures.ts';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { write } from '../output/write.ts';
import { calling } from '../session.ts';

interface ExportOptions {
  readonly after?: string;
  readonly until?: string;
}

export const addAuditExport = (audit: Command, context: Context): void => {
  calling(
    audit
      .command('export')
      .description('writes the events, one a line, in the order of the log, as CloudEvents 1.0')
      .addOption(new Option('--after <position>', 'only events after it: the position in the last line'))
      .addOption(new Option('--until <position>', 'only events up to it (default: the end of the log)')),
    context,
    ['audit export > export.ndjson', 'audit export --after <incarnation>:812 > rest.ndjson'],
    async ({ client }, { after, until }: ExportOptions) => {
      const response = await client.open(routes.exportAudit, { query: { after, until } });
      try {
        for await (const chunk of response.body ?? []) await write(context.stdout, chunk, context.signal);
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof CommandFailed) throw error;
        const how = `broke off the export (${(error as Error).message}); continue it with --after and the position in the last complete line`;
        throw unreachable(new URL(response.url).origin, how);
      }
    },
  );
};
