import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { percentile } from '../report.ts';
import type { Target } from './scene.ts';
import type { Services } from './services.ts';
import type { SimulatedOpenclawGateways } from './simulated.ts';

export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export const latencyOf = (milliseconds: readonly number[]): Latency => ({
  p50: percentile(milliseconds, 50),
  p99: percentile(milliseconds, 99),
});

/** Does `act` for each number from 0 to `amount`, `perSecond` of them, however long each takes. Resolves when all have ended. */
export const atRate = async (
  { amount, perSecond }: { amount: number; perSecond: number },
  act: (n: number) => Promise<void>,
): Promise<void> => {
  const startedAt = performance.now();
  const acts: Promise<void>[] = [];
  for (let n = 0; n < amount; n += 1) {
    const waitMs = startedAt + (n * 1000) / perSecond - performance.now();
    if (waitMs > 0) await delay(waitMs);
    acts.push(act(n));
  }
  await Promise.all(acts);
};

/** Posts to the webhooks one after the other, and measures from each 202 to the `chat.send` at the OpenClaw gateway. */
export const measureLatency = async (
  { store }: Services,
  simulated: SimulatedOpenclawGateways,
  load: { gatewayUrl: string; targets: readonly Target[]; perSecond: number; amount: number },
): Promise<Latency> => {
  const { gatewayUrl, targets } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const answeredAt = new Map<string, number>();
  const from = await lengths(store, targets);
  await atRate(load, async (n) => {
    const { boardId, webhookId } = targets[n % targets.length] as Target;
    const payloadId = await post(`${gatewayUrl}/api/v1/boards/${boardId}/webhooks/${webhookId}`, agent);
    answeredAt.set(payloadId, Date.now());
  });
  agent.destroy();
  const payloads = await payloadsOf(store, targets, from);
  const receivedAt = new Map<string, number>();
  while (receivedAt.size < load.amount) {
    for (const [id, at] of (await simulated.received()).at) if (payloads.has(id)) receivedAt.set(id, at);
    if (receivedAt.size < load.amount) await delay(200);
  }
  return latencyOf([...receivedAt].map(([id, at]) => at - (answeredAt.get(payloads.get(id) ?? '') ?? 0)));
};

const body = JSON.stringify({ event: 'load', text: 'x'.repeat(1024 - 29) });

/** Resolves to the payload's id. */
const post = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    const posted = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 202) resolve((JSON.parse(text) as { payload_id: string }).payload_id);
          else reject(new Error(`The gateway answered ${response.statusCode}: ${text}`));
        });
      },
    );
    posted.on('error', reject);
    posted.end(body);
  });

const lengths = async (store: EventStore, targets: readonly Target[]): Promise<Map<string, number>> => {
  const found = new Map<string, number>();
  for (const { webhookId } of targets) {
    for await (const { revision } of store.readStream(streams.payloads(webhookId), {
      direction: 'backwards',
      limit: 1,
    }))
      found.set(webhookId, revision + 1);
  }
  return found;
};

/** By delivery: the payload. A payload's only arrival is the cause of its delivery. */
const payloadsOf = async (
  store: EventStore,
  targets: readonly Target[],
  from: ReadonlyMap<string, number>,
): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  for (const { webhookId } of targets) {
    const stream = store.readStream(streams.payloads(webhookId), { from: from.get(webhookId) ?? 0 });
    for await (const recorded of stream) {
      const event = parseEvent(recorded);
      if (isEvent(event, 'WebhookPayloadReceived')) found.set(recorded.id, event.data.payloadId);
    }
  }
  return found;
};
