import { createHash } from 'node:crypto';
import type { SignatureScheme, WebhookPayloadReceived } from '@mission-control/contracts';
import { payloadEventType } from '../event-type.ts';
import { agentMessage } from '../texts.ts';
import { type Example, sentBody } from './examples/example.ts';
import { examples } from './examples/examples.ts';
import { payloadOf } from './payload.ts';

/** A message, and what a reader who knows nothing of this product takes from it. */
interface ReadMessage {
  readonly sender: string;
  readonly event: string;
  readonly board: string;
  readonly instruction: string;
  readonly happened: string;
  readonly toDo: string;
  /** Of the signature; absent: the webhook checks none. */
  readonly scheme?: SignatureScheme;
}

const messages: readonly ReadMessage[] = [
  {
    ...{ sender: 'GitHub', event: 'issue_comment.created', board: 'Hello World' },
    scheme: 'github',
    instruction: 'Answer questions in issues. Create a task if somebody promises to fix something.',
    happened:
      'Codertocat commented on the issue “Spelling error in the README file”, promising to fix it right away.',
    toDo: 'Create a task for the promised fix, with the payload ID.',
  },
  {
    ...{ sender: 'GitHub', event: 'check_run.completed', board: 'Hello World' },
    scheme: 'github',
    instruction: 'When a check fails, create a task for the author of the commit.',
    happened: 'The check run of a commit in Codertocat/Hello-World ended with the conclusion “failure”.',
    toDo: 'Create a task for the author of the commit; read the whole payload for what is folded here.',
  },
  {
    ...{ sender: 'GitHub', event: 'pull_request.closed', board: 'Hello World' },
    scheme: 'github',
    instruction: 'When a pull request is merged, add it to the release notes. Otherwise do nothing.',
    happened: 'A pull request, “Update the README with new information.”, was closed without being merged.',
    toDo: 'Nothing: the instruction is about merged pull requests.',
  },
  {
    ...{ sender: 'Stripe', event: 'payment_intent.payment_failed', board: 'Payments' },
    scheme: 'stripe',
    instruction: 'Create a task to contact the customer about each failed payment.',
    happened: 'A payment of 42.00 EUR failed, because the card has insufficient funds.',
    toDo: 'Create a task to contact the customer cus_RqW8hX2nP0aLmZ.',
  },
  {
    ...{ sender: 'Shopify', event: 'orders/create', board: 'Shop' },
    scheme: 'shopify',
    instruction: 'Create a packing task for each paid order.',
    happened: 'Grace ordered boots and socks for 403.00 USD; order #9999 is paid.',
    toDo: 'Create a packing task with the two items.',
  },
  {
    ...{ sender: 'Alertmanager', event: 'firing', board: 'Operations' },
    scheme: 'token',
    instruction:
      'For a critical alert, create an urgent task and tell the person on call. Ignore the others.',
    happened: 'The critical alert DiskAlmostFull is firing: the disk of db-1 is 95 % full.',
    toDo: 'Create an urgent task and tell the person on call.',
  },
  {
    ...{ sender: 'Slack', event: 'app_mention', board: 'Operations' },
    scheme: 'slack',
    instruction: 'Answer questions about the state of the shop.',
    happened: 'Somebody asked in a Slack channel whether the shop is down.',
    toDo: 'Find out and answer in the channel C0LAN2Q65.',
  },
  {
    ...{ sender: 'GitLab', event: 'pipeline', board: 'Shop' },
    scheme: 'gitlab',
    instruction: 'Create a task for each failed pipeline of main.',
    happened: 'A pipeline of acme/shop failed on main; its job “unit” failed.',
    toDo: 'Create a task.',
  },
  {
    ...{ sender: 'Amazon SNS', event: 'SubscriptionConfirmation', board: 'Operations' },
    instruction: 'Create a task for each alarm.',
    happened:
      'Amazon SNS asks for its subscription to be confirmed. No alarm was sent, and the link was not opened.',
    toDo: 'Not open the link, because the instruction does not ask for that; tell an admin.',
  },
  {
    ...{ sender: 'Twilio', event: 'received', board: 'Customer Success' },
    instruction: 'Create a task for each question of a customer.',
    happened: 'A text message came in: “Where is my order #9999?”',
    toDo: 'Create a task with the sender’s number.',
  },
];

const exampleOf = ({ sender, event }: ReadMessage): Example => {
  const example = examples.find((one) => one.sender === sender && one.event === event);
  if (!example) throw new Error(`There is no example of ${event} from ${sender}.`);
  return example;
};

/** Each message is of another payload. */
const idsOf = (place: number): Pick<WebhookPayloadReceived, 'payloadId' | 'webhookId' | 'fence'> => {
  const digits = place.toString(16).padStart(2, '0');
  return {
    payloadId: `018e0e5a-4c2b-7d1f-9a3c-5be0c1d2e3${digits}`,
    webhookId: `d9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f${digits}`,
    fence: createHash('sha256').update(digits).digest('hex').slice(0, 32),
  };
};

const sectionOf = (message: ReadMessage, place: number): string => {
  const example = exampleOf(message);
  const payload = payloadOf(sentBody(example), {
    headers: example.headers.map((header) => [...header]),
    contentType: example.contentType,
    verification: message.scheme
      ? { verdict: 'verified', scheme: message.scheme }
      : { verdict: 'unverified', scheme: 'none' },
    ...idsOf(place),
  });
  const text = agentMessage({
    payload,
    eventType: payloadEventType(payload),
    message: null,
    instruction: message.instruction,
    boardName: message.board,
    baseUrl: 'https://mc.example.com',
    readLink: null,
  });
  return [
    `## ${place}. ${message.sender}: ${message.event}`,
    ...['', '````text', text, '````', ''],
    `What happened: ${message.happened}`,
    '',
    `What to do: ${message.toDo}`,
  ].join('\n');
};

/** The page `docs/agents/messages.md`. */
export const tenMessages = (): string =>
  [
    '# Ten messages',
    '',
    'These are messages to agents as this release sends them, made from public and documented payloads. Below each is what a reader takes from it',
    'who has never seen this product. The page is made by `npm test -- packages/domain/src/payload/ten-messages.spec.ts -u`.',
    '',
    messages.map((message, i) => sectionOf(message, i + 1)).join('\n\n'),
    '',
  ].join('\n');
