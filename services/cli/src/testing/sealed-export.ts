import { createHash } from 'node:crypto';
import { bytesOf, canonicalJson, Frontier, leafHashOf } from '@mission-control/merkle';

/** The parts of an exported event that the specs change. */
export interface Line {
  id: string;
  type: string;
  subject: string;
  revision: number;
  position: string;
  data: Record<string, unknown>;
}

const uuidOf = (n: number): string =>
  createHash('sha256')
    .update(`${n}`)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');

/**
 * A history as the steward seals it: events in some streams, and a sealing event after each `batch` of them, whose leaves are the events
 * since the one before, that one included.
 */
export class SealedExport {
  readonly lines: Line[] = [];
  readonly frontier = new Frontier();
  readonly #revisions = new Map<string, number>();
  #unsealed: Line[] = [];

  add(subject: string, type = 'Happened', data: Record<string, unknown> = {}): Line {
    const revision = (this.#revisions.get(subject) ?? -1) + 1;
    this.#revisions.set(subject, revision);
    const n = this.lines.length + 1;
    const line = { id: uuidOf(n), type, subject, revision, position: `log:${n}`, data: { n, ...data } };
    this.lines.push(line);
    this.#unsealed.push(line);
    return line;
  }

  seal(): void {
    const leaves = this.#unsealed;
    const firstIndex = this.frontier.size;
    const hashes = leaves.map((line) => leafHashOf(leafOf(line)));
    for (const hash of hashes) this.frontier.add(hash);
    this.#unsealed = [];
    this.add('merkle', 'LeavesSealed', {
      firstIndex,
      hashes: bytesOf(hashes).toString('base64'),
      streams: leaves.map(({ subject }) => subject),
      runs: leaves.map(({ revision }, n) => [n, revision, 1]),
      root: this.frontier.root().toString('base64'),
    });
  }

  /** Events in three streams, sealed seven at a time; the last ones are not. */
  static of(events: number): SealedExport {
    const exported = new SealedExport();
    for (let n = 1; n <= events; n++) {
      exported.add(`webhook-${n % 3}`);
      if (n % 7 === 0) exported.seal();
    }
    return exported;
  }
}

const metadata = { schemaVersion: 1, occurredAt: '2026-11-28T15:00:00.000Z' };

const leafOf = ({ id, type, subject: stream, revision, data }: Line) => ({
  stream,
  revision,
  id,
  type,
  data,
  metadata,
});

/** The lines of the export, as the system writes them. */
export const textsOf = (lines: readonly Line[]): string[] =>
  lines.map(({ data, ...line }) => {
    const head = {
      ...{ specversion: '1.0', source: 'mission-control-webhooks/test', time: metadata.occurredAt },
      ...{ ...line, recordedat: '2026-11-28T15:00:01.000Z', metadata: canonicalJson(metadata) },
    };
    return `${JSON.stringify(head).slice(0, -1)},"data":${canonicalJson(data)}}`;
  });
