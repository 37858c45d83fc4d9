import { type EventData, type WebhookPayloadReceived, wrapBody } from '@mission-control/contracts';
import {
  agentMessageTemplates,
  type MessageParts,
  payloadEventType,
  presentPayload,
  previewOf,
} from '@mission-control/domain';
import { githubPush } from '../../senders/samples.ts';
import { median } from '../report.ts';

/** Milliseconds, medians. */
export interface Previews {
  /** Choosing the preview of a payload that is decoded. */
  readonly choosing7KiB: number;
  readonly choosing1MiB: number;
  /** All that the notifier does for the text of a message, by template: decoding, event type, preview. */
  readonly message7KiB: Readonly<Record<number, number>>;
}

const templates = [2, 3];

/** Measures in this process, with objects that nothing remembers. */
export const measurePreviews = (): Previews => {
  const push = githubPush();
  const small = JSON.stringify(push);
  const large = JSON.stringify({
    ...push,
    commits: Array.from({ length: 1_048_576 / small.length }, () => push),
  });
  const choosing = (body: string, times: number): number =>
    medianOf(times, () => {
      const payload = payloadOf(body);
      presentPayload(payload);
      const eventType = payloadEventType(payload);
      return () => previewOf({ payload, eventType, fields: [] });
    });
  const message = (template: number): number =>
    medianOf(1_000, () => {
      const payload = payloadOf(small);
      return () => agentMessageTemplates.get(template)?.(partsOf(payload, template));
    });
  return {
    choosing7KiB: choosing(small, 1_000),
    choosing1MiB: choosing(large, 30),
    message7KiB: Object.fromEntries(templates.map((template) => [template, message(template)])),
  };
};

/** Of as many runs after as many for warm-up. @param prepare what is not measured of a run */
const medianOf = (times: number, prepare: () => () => unknown): number => {
  const run = () => {
    const measured = prepare();
    const startedAt = performance.now();
    measured();
    return performance.now() - startedAt;
  };
  for (let i = 0; i < times; i += 1) run();
  return median(Array.from({ length: times }, run));
};

/** The second template has no event type. */
const partsOf = (payload: WebhookPayloadReceived, template: number): MessageParts => ({
  ...{ payload, message: null },
  eventType: template < 3 ? { type: null, sender: null } : payloadEventType(payload),
  ...{
    instruction: 'Create a task for each push',
    boardName: 'Bench',
    baseUrl: 'https://mc.example',
    readLink: null,
  },
});

const payloadOf = (body: string): EventData<'WebhookPayloadReceived'> => ({
  payloadId: '018e0e5a-0000-7000-8000-000000000001',
  boardId: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f04',
  webhookId: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f05',
  webhookRevision: 0,
  receivedAt: '2026-03-05T12:00:00.000Z',
  sourceIp: '192.0.2.1',
  contentType: 'application/json',
  headers: [['x-github-event', 'push']],
  body: wrapBody(Buffer.from(body)),
  size: body.length,
  sha256: 'a'.repeat(64),
  verification: { verdict: 'verified', scheme: 'github' },
  dedupe: { key: null, source: null, windowSeconds: 604_800 },
  fence: '00112233445566778899aabbccddeeff',
});
