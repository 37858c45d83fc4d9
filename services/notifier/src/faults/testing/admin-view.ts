import { ProjectionRunner } from '@mission-control/projections';
import {
  findOpenclawGateway,
  findPayload,
  migrateReadModels,
  openReadModels,
  projections,
} from '@mission-control/read-models';
import type { Stage, Surroundings } from '../../testing/test-notifier.ts';
import type { Shown } from './fault.ts';

/** What admins see: the read models, with all projections running. */
export class AdminView {
  readonly #db: ReturnType<typeof openReadModels>['db'];
  readonly #stopping = new AbortController();
  readonly stop: () => Promise<void>;

  private constructor({ databaseUrl, store }: Surroundings) {
    const { db, close } = openReadModels(databaseUrl, { name: 'spec', timeouts: 'batches' });
    this.#db = db;
    const runs = projections.map((projection) =>
      new ProjectionRunner({ projection, db, store }).run(this.#stopping.signal),
    );
    this.stop = async () => {
      this.#stopping.abort();
      await Promise.all(runs);
      await close();
    };
  }

  static async open(around: Surroundings): Promise<AdminView> {
    await migrateReadModels(around.databaseUrl);
    return new AdminView(around);
  }

  async shown({ boardId, webhookId, gatewayId }: Stage, payloadId: string): Promise<Shown> {
    const payload = await findPayload(this.#db, boardId, webhookId, payloadId);
    const gateway = await findOpenclawGateway(this.#db, gatewayId);
    const { delivery_state, delivery_code, waiting } = gateway ?? {};
    return {
      payload: words(payload?.status, payload?.status_reason),
      gateway: `${words(delivery_state, delivery_code)}, ${waiting} wait`,
    };
  }

  async state({ gatewayId }: Stage): Promise<string | undefined> {
    return (await findOpenclawGateway(this.#db, gatewayId))?.delivery_state;
  }
}

const words = (...all: (string | null | undefined)[]): string => all.filter(Boolean).join(' ');
