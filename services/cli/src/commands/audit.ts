import { Argument, type Command } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { idFrom } from '../input/ids.ts';
import { type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import { calling } from '../session.ts';
import { eventColumns, resourceKinds } from './audit-events.ts';
import { addAuditExport } from './audit-export.ts';
import { addAuditVerify } from './audit-verify.ts';

export const addAudit = (program: Command, context: Context): void => {
  const audit = program.command('audit').description('shows auditors what was recorded, and why');
  calling(
    withPaging(
      audit
        .command('trail')
        .description(
          'lists everything that is connected with a resource, by cause or by request, oldest first',
        )
        .addArgument(new Argument('<kind>', 'what it is').choices(resourceKinds))
        .addArgument(new Argument('<id>', 'its id').argParser(idFrom)),
    ),
    context,
    ['audit trail payload <payload-id>', 'audit trail webhook <webhook-id> --all --json'],
    async (session, options: ListOptions, kind = '', resource_id = '') => {
      const call = { ids: { kind, resource_id } };
      const pages = pagesOf(session.client, routes.showAuditTrail, call, limitOf(options));
      await printList(session, pages, eventColumns);
    },
  );
  addAuditExport(audit, context);
  addAuditVerify(audit, context);
};
