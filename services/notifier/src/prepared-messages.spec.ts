import 'reflect-metadata';
import { type DomainEvent, streams } from '@mission-control/contracts';
import { connectOpenClaw, type OpenClawConnection, type OpenClawOptions } from '@mission-control/openclaw';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  consumedBy,
  dataOf,
  type RunningNotifier,
  type Stage,
  Surroundings,
  typesOf,
} from './testing/test-notifier.ts';

type SendOutcome = Awaited<ReturnType<OpenClawConnection['send']>>;
type Send = () => Promise<SendOutcome>;

const never = new Promise<never>(() => {});
const straightThrough = ['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded'];

describe('a message whose attempt is recorded while the one before it is being sent', () => {
  let around: Surroundings;
  let stage: Stage;
  /** Every message that was sent and every key that a complete look-up asked about, in order. */
  let requests: string[];

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
    requests = [];
  });

  afterEach(() => around.end());

  /** @param first sends the first message. The others are sent as usual. */
  const connecting = (first: (send: Send) => Promise<SendOutcome>) => {
    let sent = 0;
    return (options: OpenClawOptions): OpenClawConnection => {
      const connection = connectOpenClaw(options);
      return {
        ...connection,
        send: (message, within) => {
          requests.push(`send ${message.idempotencyKey}`);
          sent += 1;
          const send = () => connection.send(message, within);
          return sent === 1 ? first(send) : send();
        },
        find: (sessionKey, keys, within) => {
          if (within.mode === 'complete') requests.push(...keys.map((key) => `find ${key}`));
          return connection.find(sessionKey, keys, within);
        },
      };
    };
  };

  interface Prepared {
    readonly notifier: RunningNotifier;
    readonly arrivals: readonly ScenePayload[];
    readonly first: ScenePayload;
    readonly next: ScenePayload;
    readonly last: ScenePayload;
  }

  /** Three messages wait. The second is prepared when `first` is called. */
  const prepared = async (
    first: (send: Send) => Promise<SendOutcome>,
    env: Record<string, string> = {},
  ): Promise<Prepared> => {
    const arrivals = [await around.arrive(stage), await around.arrive(stage), await around.arrive(stage)];
    const [one, two, three] = arrivals as [ScenePayload, ScenePayload, ScenePayload];
    const connectOpenClaw = connecting(async (send) => {
      await around.deliveryWith(two, 'DeliveryAttempted');
      return first(send);
    });
    const notifier = await around.notifier(env, { connectOpenClaw });
    return { notifier, arrivals, first: one, next: two, last: three };
  };

  const consumedKeys = (session?: string) =>
    consumedBy(stage, session).map(({ idempotencyKey }) => idempotencyKey);

  const handled = async (arrivals: readonly ScenePayload[]): Promise<DomainEvent[][]> => {
    const facts = [];
    for (const arrival of arrivals) facts.push(await around.handled(arrival));
    return facts;
  };

  it('is sent in its turn, once, without a look-up', async () => {
    let recordedOfLast: readonly DomainEvent[] = [];
    const { arrivals, last } = await prepared(async (send) => {
      recordedOfLast = await around.scene.facts(streams.delivery(last.payloadId));
      return send();
    });
    for (const facts of await handled(arrivals)) expect(typesOf(facts)).toEqual(straightThrough);
    expect(recordedOfLast).toEqual([]);
    expect(requests).toEqual(arrivals.map(({ id }) => `send ${id}`));
    expect(consumedKeys()).toEqual(arrivals.map(({ id }) => id));
    await around.lanesEmpty();
  });

  it.each([false, true])(
    'is sent by the next notifier when this one is killed (message before it went out: %s)',
    async (goneOut) => {
      const reached = Promise.withResolvers<void>();
      const { notifier, arrivals, next } = await prepared(async (send) => {
        if (goneOut) await send();
        reached.resolve();
        return never;
      });
      await reached.promise;
      await notifier.abandon();
      expect(consumedKeys()).not.toContain(next.id);
      await around.notifier();
      for (const facts of await handled(arrivals)) expect(typesOf(facts)).toEqual(straightThrough);
      expect(consumedKeys()).toEqual(arrivals.map(({ id }) => id));
      await around.lanesEmpty();
    },
  );

  it.each([false, true])(
    'waits while it is in doubt whether the one before it arrived (it did: %s)',
    async (arrived) => {
      const { arrivals, first, next, last } = await prepared(async (send) => {
        if (arrived) await send();
        return { kind: 'doubt', code: 'answer_timeout', detail: null } as SendOutcome;
      });
      const [ofFirst = [], ...others] = await handled(arrivals);
      expect(typesOf(ofFirst).filter((type) => type === 'DeliveryAttemptFailed')).toHaveLength(
        arrived ? 0 : 1,
      );
      for (const facts of others) expect(typesOf(facts)).toEqual(straightThrough);
      expect(consumedKeys()).toEqual(arrivals.map(({ id }) => id));
      expect(requests.filter((request) => request.startsWith('send'))).toEqual(
        [first, ...(arrived ? [] : [first]), next, last].map(({ id }) => `send ${id}`),
      );
    },
  );

  it('is sent when the one before it is rejected', async () => {
    const { first, next, last } = await prepared(async (send) => {
      await stage.simulator.fail({ mode: 'label_in_use' }, { times: 1 });
      return send();
    });
    for (const facts of await handled([next, last])) expect(typesOf(facts)).toEqual(straightThrough);
    const facts = await around.deliveryWith(first, 'DeliveryFailed');
    expect(dataOf(facts, 'DeliveryFailed')).toMatchObject([{ reason: 'invalid_request' }]);
    expect(consumedKeys()).toEqual([next.id, last.id]);
  });

  it('is parked like the others when the OpenClaw gateway rejects us before it is sent', async () => {
    const { arrivals, next } = await prepared(async () => {
      await stage.simulator.fail({ mode: 'wrong_token' });
      await waitFor(async () => {
        const statuses = await around.scene.facts(streams.openclawGatewayStatus(stage.gatewayId));
        return dataOf(statuses, 'OpenclawGatewayUnavailable').some(({ state }) => state === 'rejected');
      });
      return { kind: 'unavailable', code: 'connection_lost', detail: null, sent: false } as SendOutcome;
    });
    for (const arrival of arrivals) {
      const facts = await around.deliveryWith(arrival, 'DeliveryParked');
      expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason: 'token_refused' }]);
    }
    expect(requests).not.toContain(`send ${next.id}`);
    expect(consumedKeys()).not.toContain(next.id);
  });

  it('stays with its session when the agent gets another one, and the later ones do not', async () => {
    const changed = Promise.withResolvers<void>();
    const { arrivals, first, next, last } = await prepared(async (send) => {
      await around.scene.append(streams.agent(stage.agentId), {
        type: 'AgentUpdated',
        data: { agentId: stage.agentId, openclawSessionId: 'agent:main:new' },
      });
      changed.resolve();
      return send();
    });
    await changed.promise;
    // It arrives after the change, so the notifier cannot begin it without knowing of the change.
    const after = await around.arrive(stage);
    await handled([...arrivals, after]);
    const old = consumedKeys();
    expect(old.slice(0, 2)).toEqual([first.id, next.id]);
    expect([...old, ...consumedKeys('agent:main:new')]).toEqual(
      [first, next, last, after].map(({ id }) => id),
    );
    expect(consumedKeys('agent:main:new')).toContain(after.id);
  });

  it('is not prepared while messages to the agent are spaced out', async () => {
    const arrivals = [await around.arrive(stage), await around.arrive(stage)];
    await around.notifier({ NOTIFIER_THROTTLE_SECONDS: '0.5' });
    const [, ofNext = []] = await handled(arrivals);
    const [first] = consumedBy(stage);
    const attempted = ofNext.find(({ type }) => type === 'DeliveryAttempted');
    const apart = Date.parse(attempted?.metadata.occurredAt ?? '') - Date.parse(first?.receivedAt ?? '');
    expect(apart).toBeGreaterThanOrEqual(490);
  });
});
