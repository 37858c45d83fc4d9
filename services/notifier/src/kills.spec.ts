import 'reflect-metadata';
import { connectOpenClaw, type OpenClawOptions } from '@mission-control/openclaw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumedBy, type Stage, Surroundings } from './testing/test-notifier.ts';

const never = new Promise<never>(() => {});

/** How far a notifier gets before it is killed. */
const steps = [
  'has recorded the attempt',
  'has sent the message',
  'has got the acknowledgement',
  'has recorded the acknowledgement',
  'has recorded that the agent was told',
] as const;

describe('a notifier that is killed', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  /** Connects so that the notifier gets no message past that step. */
  const upTo = (step: (typeof steps)[number], reached: () => void) => (options: OpenClawOptions) => {
    const connection = connectOpenClaw(options);
    return {
      ...connection,
      send: async (...args: Parameters<typeof connection.send>) => {
        if (step === 'has recorded the attempt') {
          reached();
          return never;
        }
        const outcome = await connection.send(...args);
        if (step !== 'has sent the message') return outcome;
        reached();
        return never;
      },
      find: async (...args: Parameters<typeof connection.find>) => {
        if (step === 'has recorded that the agent was told') return connection.find(...args);
        reached();
        return never;
      },
      onRun: () => () => {},
      runOutcome: () => never,
    };
  };

  it.each(steps.flatMap((step) => [false, true].map((restarts) => [step, restarts] as const)))(
    'when it %s, is continued by another: each message once and in order (OpenClaw gateway killed as well: %s)',
    async (step, restarts) => {
      const reached = Promise.withResolvers<void>();
      const killed = await around.notifier({}, { connectOpenClaw: upTo(step, reached.resolve) });
      const first = await around.arrive(stage);
      const arrivals = [first, await around.arrive(stage), await around.arrive(stage)];
      if (step === 'has recorded that the agent was told')
        await around.deliveryWith(first, 'MessageConfirmed');
      else if (step === 'has recorded the acknowledgement') await around.deliveryWith(first, 'MessageSent');
      else await reached.promise;
      await killed.abandon();
      if (restarts) await stage.simulator.restart();
      await around.notifier();
      for (const arrival of arrivals) await around.deliveryWith(arrival, 'MessageConfirmed');
      const consumed = consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey.split(':')[0]);
      const ours = consumed.filter((id) => arrivals.some((arrival) => arrival.id === id));
      expect(ours).toEqual(arrivals.map(({ id }) => id));
    },
  );
});
