import { randomBytes } from 'node:crypto';
import { streams } from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { Scene as Facts } from '@mission-control/test-scene';
import { expect } from 'vitest';
import type { Webhook } from '../system/scene.ts';
import type { Case } from './case.spec-support.ts';
import { allAre, greatest } from './scrape.spec-support.ts';
import type { Watched } from './watched.spec-support.ts';

/** Puts the secret of another webhook in the place of its own, which binds each secret to its webhook. */
const changeStoredSecret = async ({ eventStore, webhook }: Watched, broken: Webhook) => {
  const store = await openEventStore(eventStore.url);
  try {
    const facts = new Facts(store);
    const created = (await facts.facts(streams.webhook(webhook.id))).find(
      (fact) => fact.type === 'WebhookCreated',
    );
    if (created?.type !== 'WebhookCreated') throw new Error('There is no such webhook.');
    await facts.append(streams.webhook(broken.id), {
      type: 'WebhookUpdated',
      data: { webhookId: broken.id, boardId: broken.board_id, secret: created.data.secret },
    });
  } finally {
    await store.close();
  }
};

/** What senders meet at their webhooks, until an admin corrects it. */
export const rejectedSenders: readonly Case[] = [
  {
    name: 'a sender signs with a wrong secret, until the webhook has that secret',
    fires: ['RejectionsSpiking'],
    fault: async ({ installation: { admin }, scene, send, pathOf }) => {
      const secret = randomBytes(24).toString('hex');
      const misled = await scene.webhook('github', 'Its sender has another secret');
      return {
        begin: async () => expect(await send(1, misled, secret)).toEqual([403]),
        shows: (scraped) =>
          greatest(scraped, 'mission_control_ingest_rejections_total', 'code="signature_invalid"') > 0,
        meanwhile: async () => expect(new Set(await send(10, misled, secret))).toEqual(new Set([403])),
        mitigate: async () => {
          await admin.patch(pathOf(misled), { secret });
          expect(await send(1, misled, secret)).toEqual([202]);
        },
      };
    },
  },
  {
    name: 'a stored secret was changed, until the secret is set again',
    fires: ['IngestFailing', 'SecretsUnreadable'],
    fault: async (watched) => {
      const { installation, scene, send, accepted, pathOf } = watched;
      const broken = await scene.webhook('github', 'Its secret becomes unreadable');
      return {
        begin: () => changeStoredSecret(watched, broken),
        shows: (scraped) => allAre(1, scraped, 'mission_control_ready'),
        meanwhile: async () => expect(new Set(await send(5, broken))).toEqual(new Set([503])),
        mitigate: async () => {
          await installation.admin.patch(pathOf(broken), { secret: scene.secret });
          await accepted(1, broken);
        },
      };
    },
  },
  {
    name: 'a webhook is disabled, and its sender stops for good, until both are enabled again',
    fires: ['IngestStopped'],
    fault: async ({ installation: { admin }, webhook, send, accepted, pathOf }) => ({
      usually: () => accepted(5),
      // The alert compares with the day before.
      minutes: { before: 24 * 60, during: 90 },
      begin: async () => {
        await admin.patch(pathOf(webhook), { enabled: false });
        expect(await send(1)).toEqual([410]);
      },
      shows: (scraped) => allAre(1, scraped, 'mission_control_ready'),
      mitigate: () => admin.patch(pathOf(webhook), { enabled: true }),
    }),
  },
];
