import 'reflect-metadata';
import { newRandomId, secretContexts, streams } from '@mission-control/contracts';
import { connectOpenClaw, type OpenClawConnection, type OpenClawOptions } from '@mission-control/openclaw';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumedBy, dataOf, type Stage, Surroundings, toldTo, typesOf } from './testing/test-notifier.ts';

/** A turn of a waiting delivery reads the state of its connection, so this counts at least the turns. */
class CountedConnections {
  #read = 0;
  readonly #connections: OpenClawConnection[] = [];

  get read(): number {
    return this.#read;
  }

  readonly connect = (options: OpenClawOptions): OpenClawConnection => {
    const connection = connectOpenClaw(options);
    this.#connections.push(connection);
    return {
      ...connection,
      state: () => {
        this.#read += 1;
        return connection.state();
      },
    };
  };

  /** Resolves when the newest connection has dialled that many more times without success. */
  async dialled(times: number): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const before = this.#retryAt();
      await waitFor(() => this.#retryAt() !== before);
    }
  }

  #retryAt(): number {
    const state = this.#connections.at(-1)?.state();
    return state && 'retryAt' in state ? state.retryAt : 0;
  }
}

const sessions = 25;

describe('sessions that wait for an OpenClaw gateway', () => {
  let around: Surroundings;
  let stage: Stage;
  let counted: CountedConnections;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
    counted = new CountedConnections();
  });

  afterEach(() => around.end());

  const agents = async (amount: number): Promise<Stage[]> => {
    const others: Stage[] = [];
    while (others.length < amount) {
      const sessionKey = `agent:main:${newRandomId()}`;
      const agentId = await around.scene.agent(stage.boardId, { session: sessionKey });
      const webhookId = await around.scene.webhook(stage.boardId, { agentId });
      others.push({ ...stage, agentId, webhookId, sessionKey });
    }
    return others;
  };

  const arriveAt = async (targets: readonly Stage[], times: number) => {
    const arrivals = [];
    for (let n = 0; n < times; n += 1) {
      for (const target of targets) arrivals.push({ target, payload: await around.arrive(target) });
    }
    return arrivals;
  };

  /** Resolves when nothing has happened between two dials. */
  const asleep = () =>
    waitFor(async () => {
      const { read } = counted;
      await counted.dialled(1);
      return counted.read === read;
    });

  const update = (target: Stage, openclawSessionId: string) =>
    around.scene.append(streams.agent(target.agentId), {
      type: 'AgentUpdated',
      data: { agentId: target.agentId, openclawSessionId },
    });

  const keysOf = (arrivals: Awaited<ReturnType<typeof arriveAt>>, of: Stage) =>
    arrivals.filter(({ target }) => target === of).map(({ payload }) => payload.id);

  it('do nothing while it is away, whatever is dialled and configured elsewhere', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({}, { connectOpenClaw: counted.connect });
    const targets = await agents(sessions);
    const arrivals = await arriveAt(targets, 2);
    await asleep();
    const { read } = counted;
    const elsewhere = await around.scene.board({ gatewayId: stage.gatewayId });
    await around.scene.agent(elsewhere, { isLead: true, session: 'agent:main:elsewhere' });
    const webhookId = await around.scene.webhook(elsewhere, {});
    // A message for the new board shows that its configuration is known.
    const other = { ...stage, boardId: elsewhere, webhookId, sessionKey: 'agent:main:elsewhere' };
    const last = await around.arrive(other);
    await counted.dialled(2);
    expect(counted.read - read).toBeLessThan(sessions);
    await stage.simulator.heal();
    await around.handled(last);
    for (const { payload } of arrivals) {
      expect(typesOf(await around.handled(payload))).toEqual([
        'DeliveryAttempted',
        'MessageConfirmed',
        'AgentRunEnded',
      ]);
    }
    for (const target of targets) {
      const keys = consumedBy(target).map(({ idempotencyKey }) => idempotencyKey);
      expect(keys).toEqual(keysOf(arrivals, target));
    }
  });

  it('move exactly those deliveries whose agent gets another session, and wake no others', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({}, { connectOpenClaw: counted.connect });
    const targets = await agents(sessions);
    const arrivals = await arriveAt(targets, 3);
    await asleep();
    const { read } = counted;
    const [moved] = targets as [Stage];
    await update(moved, 'agent:main:new');
    // They have moved: the head of the new queue has had its turn.
    await waitFor(() => counted.read > read);
    await asleep();
    expect(counted.read - read).toBeLessThan(sessions);
    await stage.simulator.heal();
    for (const { payload } of arrivals) await around.handled(payload);
    for (const target of targets) {
      const keys = consumedBy(target, target === moved ? 'agent:main:new' : undefined);
      expect(keys.map(({ idempotencyKey }) => idempotencyKey)).toEqual(keysOf(arrivals, target));
    }
    expect(toldTo(moved)).toEqual([]);
  });

  it('send through its new address at once, although the old one stays away', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({}, { connectOpenClaw: counted.connect });
    const payload = await around.arrive(stage);
    await asleep();
    const { simulator } = await around.stage();
    const { gatewayId, sessionKey } = stage;
    const token = await around.keyring.encrypt(secretContexts.openclawGateway(gatewayId), simulator.token);
    await around.scene.append(streams.openclawGateway(gatewayId), {
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId, url: simulator.url, token },
    });
    await around.handled(payload);
    expect(consumedBy({ simulator, sessionKey })).toHaveLength(1);
  });

  it('park each delivery when it expires, not before', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({ DELIVERY_RESUME_MAX_AGE_SECONDS: '3' }, { connectOpenClaw: counted.connect });
    const arrivals = await arriveAt([stage, ...(await agents(2))], 2);
    for (const { payload } of arrivals) {
      const [parked] = await around.deliveryWith(payload, 'DeliveryParked');
      expect(parked?.data).toMatchObject({ reason: 'expired_undelivered' });
      const arrival = (await around.scene.facts(payload.stream)).find(({ id }) => id === payload.id);
      const [from, to] = [arrival, parked].map((event) => Date.parse(event?.metadata.occurredAt ?? ''));
      const age = (to ?? Number.NaN) - (from ?? Number.NaN);
      expect(age).toBeGreaterThanOrEqual(3_000);
    }
    await around.lanesEmpty();
  });

  it('park their deliveries when it begins to reject us', async () => {
    await stage.simulator.fail({ mode: 'refuse_connections' });
    await around.notifier({}, { connectOpenClaw: counted.connect });
    const arrivals = await arriveAt(await agents(5), 2);
    await asleep();
    await stage.simulator.fail({ mode: 'wrong_token' });
    for (const { payload } of arrivals) {
      const facts = await around.deliveryWith(payload, 'DeliveryParked');
      expect(dataOf(facts, 'DeliveryParked')).toMatchObject([{ reason: 'token_refused' }]);
    }
    await around.lanesEmpty();
  });
});
