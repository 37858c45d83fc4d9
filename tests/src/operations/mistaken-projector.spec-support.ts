// A program: a projector of the release before this one, whose code stores a wrong content type.
import { projections } from '@mission-control/read-models';

const payloads = projections.find(({ name }) => name === 'payloads');
if (!payloads) throw new Error('There is no projection of payloads.');
const { apply, version } = payloads;
Object.assign(payloads, {
  version: version - 1,
  apply: (...[tx, events]: Parameters<typeof apply>) =>
    apply(
      tx,
      events.map((event) =>
        event.type === 'WebhookPayloadReceived'
          ? { ...event, data: { ...event.data, contentType: 'mistake' } }
          : event,
      ),
    ),
});

await import(new URL('../../../services/projector/src/main.ts', import.meta.url).href);
