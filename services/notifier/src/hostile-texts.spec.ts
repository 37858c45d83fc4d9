import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { type DomainEvent, streams } from '@mission-control/contracts';
import { agentMessage } from '@mission-control/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostileBoardName, hostileBodies, hostileInstruction } from './testing/hostile-texts.ts';
import { partsOf, type Stage, Surroundings, toldTo } from './testing/test-notifier.ts';

describe('text that an OpenClaw gateway would act on', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it('arrives intact, and the gateway acts on none of it', async () => {
    await around.notifier();
    const [instruction, boardName] = [hostileInstruction, hostileBoardName];
    const { boardId, webhookId } = stage;
    await around.scene.append(streams.board(boardId), {
      type: 'BoardUpdated',
      data: { boardId, name: boardName },
    });
    await around.scene.append(streams.webhook(webhookId), {
      type: 'WebhookUpdated',
      data: { webhookId, boardId, description: instruction },
    });
    for (const body of hostileBodies) {
      const arrival = await around.arrive(stage, { body });
      const [attempted] = await around.handled(arrival);
      const { textSha256 } = (attempted as DomainEvent<'DeliveryAttempted'>).data;
      const received = (await around.scene.facts(arrival.stream))[arrival.revision];
      const sent = agentMessage(
        partsOf(received, {
          instruction,
          boardName,
        }),
      );
      expect(createHash('sha256').update(sent).digest('hex')).toBe(textSha256);
      expect(toldTo(stage).at(-1)).toMatchObject({ text: sent, stored: sent, executed: [] });
    }
    expect(toldTo(stage)).toHaveLength(hostileBodies.length);
  });
});
