import { type DomainEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { consumedBy, type Surroundings } from '../../testing/test-notifier.ts';
import type { AdminView } from './admin-view.ts';
import { expectedOf, type Fault, type FaultStage, type Shown } from './fault.ts';

/** Longer than the pause after a rejection, also on a busy machine. */
const patience = { timeout: 160_000 };

type Payload = Awaited<ReturnType<Surroundings['arrive']>>;

/** Plays the fault on two payloads, and returns what was seen of it, in the form of `expectedOf`. */
export const play = async (around: Surroundings, admin: AdminView, fault: Fault) => {
  const stage = { ...(await around.stage(fault.simulator)), around };
  if (!fault.fromTheStart) {
    await around.handled(await around.arrive(stage));
    await waitFor(async () => (await admin.state(stage)) === 'available');
  }
  const payloads: Payload[] = [];
  const facts = () => Promise.all(payloads.map((one) => around.scene.facts(streams.delivery(one.payloadId))));
  const acknowledged = async () => {
    await waitFor(async () =>
      (await facts()).every((some) => some.some(({ type }) => type === 'MessageSent')),
    );
  };
  const faulty: FaultStage = { ...stage, acknowledged };
  const release = fault.historyHeld ? stage.simulator.holdHistory() : undefined;
  await fault.begins?.(faulty);
  for (let n = 0; n < 2; n += 1) payloads.push(await around.arrive(stage));
  const [first] = payloads as [Payload];
  const shown = () => admin.shown(stage, first.payloadId);
  const meanwhile = fault.meanwhile ? await becomes(shown, fault.meanwhile) : null;
  await fault.ends?.(faulty);
  release?.();
  if (fault.requestedAgain === 'when available')
    await waitFor(async () => (await admin.state(stage)) === 'available', patience);
  if (fault.requestedAgain) await requestAgain(faulty, payloads);
  const expected = expectedOf(fault);
  return {
    meanwhile,
    finally: await becomes(shown, expected.finally),
    session: await becomes(async () => sessionOf(faulty, payloads, await facts()), expected.session),
    stored: await becomes(
      async () => wordsOf(await around.scene.facts(streams.delivery(first.payloadId))),
      expected.stored,
    ),
    status: await becomes(
      async () => wordsOf(await around.scene.facts(streams.openclawGatewayStatus(stage.gatewayId))),
      expected.status,
    ),
  };
};

/** Returns what is seen once it is as expected, or once the wait for that has taken too long. */
const becomes = async <T extends Shown | readonly string[]>(
  look: () => Promise<T>,
  expected: T,
): Promise<T> => {
  const wanted = JSON.stringify(expected);
  let seen: T | undefined;
  return waitFor(async () => {
    seen = await look();
    return JSON.stringify(seen) === wanted && seen;
  }, patience).catch((error) => {
    if (seen === undefined) throw error;
    return seen;
  });
};

/** Requests deliveries that ended without telling the agent, in the order of arrival, as the steward or an admin does. */
const requestAgain = async (stage: FaultStage, payloads: readonly Payload[]): Promise<void> => {
  for (const payload of payloads) {
    const facts = await stage.around.deliveryWith(
      payload,
      'DeliveryParked',
      'DeliveryFailed',
      'MessageConfirmed',
    );
    if (facts.every(({ type }) => type !== 'MessageConfirmed'))
      await stage.around.requestRedelivery(stage, payload);
  }
};

/** The agent's messages: `first` and `second`, with what follows the delivery's id in their keys. */
const sessionOf = (
  stage: FaultStage,
  payloads: readonly Payload[],
  facts: readonly (readonly DomainEvent[])[],
): string[] =>
  consumedBy(stage).flatMap(({ idempotencyKey }) =>
    payloads.flatMap((payload, n) => {
      const requests = facts[n]?.filter(({ type }) => type === 'RedeliveryRequested') ?? [];
      const id = [payload, ...requests]
        .map((cause) => cause.id)
        .find((one) => idempotencyKey.startsWith(one));
      return id === undefined ? [] : [`${n === 0 ? 'first' : 'second'}${idempotencyKey.slice(id.length)}`];
    }),
  );

const wordsOf = (facts: readonly DomainEvent[]): string[] =>
  facts.flatMap((fact) => {
    switch (fact.type) {
      case 'MessageSent':
        return [];
      case 'DeliveryAttempted':
      case 'MessageConfirmed': {
        const { deliveryId, idempotencyKey } = fact.data;
        return [`${fact.type} ${idempotencyKey.replace(deliveryId, '')}`.trim()];
      }
      case 'DeliveryAttemptFailed':
        return [`${fact.type} ${fact.data.attempt} ${fact.data.code}`];
      case 'MessageLost':
      case 'DeliveryParked':
      case 'DeliveryFailed':
      case 'DeliveryOutcomeUnknown':
        return [`${fact.type} ${fact.data.reason}`];
      case 'AgentRunEnded':
        return [`${fact.type} ${fact.data.outcome}`];
      case 'OpenclawGatewayAvailable':
        return ['available'];
      case 'OpenclawGatewayUnavailable':
        return [`${fact.data.state} ${fact.data.code}`];
      default:
        return [fact.type];
    }
  });
