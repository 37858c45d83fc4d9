import type { WebhookSettingsIn } from '@mission-control/contracts';
import { messageLimits, parseMessageTemplate, pointerFault, templateNames } from '@mission-control/domain';
import { z } from 'zod';
import { anyText, textOrNull } from '../http/texts.ts';

const { fields: mostFields, template: longestTemplate } = messageLimits;

const field = z.string({ error: 'must be a JSON pointer' }).superRefine((pointer, context) => {
  const found = pointerFault(pointer);
  if (found)
    context.addIssue({
      code: 'custom',
      message: `is no JSON pointer: at character ${found.position} it ${found.fault.slice(0, -1)}`,
    });
});

const template = anyText(longestTemplate).superRefine((text, context) => {
  const found = parseMessageTemplate(text);
  if ('fault' in found) {
    const { position, fault } = found;
    context.addIssue({
      code: 'custom',
      message: `is no template: at character ${position}, ${fault.slice(0, -1)}`,
    });
  }
});

/** What admins send. A member that is left out does not change. */
const members = z
  .strictObject({
    fields: z
      .array(field, { error: 'must be a list of JSON pointers' })
      .max(mostFields, { error: `must have at most ${mostFields} entries` })
      .describe(
        'JSON pointers of the members that the message shows first, for example /pull_request/title.',
      ),
    template: template
      .nullable()
      .describe(
        'Text that the message shows before the payload. {{/pull_request/title}} stands for the member at this JSON pointer; ' +
          `${templateNames.map((name) => `{{${name}}}`).join(', ')} for what is known of every payload. No conditions, no loops. null: none.`,
      ),
  })
  .partial();

export const messageInput = members
  .nullable()
  .describe(
    "What the agent's message shows of a payload first. A PATCH leaves a member that it does not name unchanged; null resets both.",
  );

/** What admins see. */
export const messageOutput = z
  .object({ fields: z.array(z.string()), template: textOrNull })
  .describe("What the agent's message shows of a payload first.");

type Api = WebhookSettingsIn['api'];

/** The settings behind the members of `message`. undefined: not given. */
export const flatMessage = (message: z.output<typeof messageInput> | undefined) => ({
  message_fields: message === null ? [] : message?.fields,
  // An empty text is none.
  message_template: message === null || message?.template === '' ? null : message?.template,
});

/** Settings, with those of the message as one object. */
export const withNestedMessage = <S extends Pick<Api, 'message_fields' | 'message_template'>>({
  message_fields,
  message_template,
  ...others
}: S) => ({ ...others, message: { fields: [...message_fields], template: message_template } });
