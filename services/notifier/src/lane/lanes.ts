import type { LaneOwnership } from '@mission-control/messaging';
import type { RunFollower } from '../following/run-follower.ts';
import type { LaneFigures } from '../metrics.ts';
import type { NotifierParts } from './lane-parts.ts';
import { LaneServer } from './lane-server.ts';

/** The lanes that this process owns. */
export class Lanes {
  readonly #parts: NotifierParts;
  readonly #follower: RunFollower;
  readonly #served = new Set<LaneServer>();

  constructor(parts: NotifierParts, follower: RunFollower) {
    this.#parts = parts;
    this.#follower = follower;
  }

  get figures(): readonly LaneFigures[] {
    return [...this.#served].map(({ figures }) => figures);
  }

  async serve(ownership: LaneOwnership): Promise<void> {
    const server = new LaneServer(this.#parts, this.#follower, ownership);
    this.#served.add(server);
    try {
      await server.serve(ownership);
    } finally {
      this.#served.delete(server);
    }
  }
}
