import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseCheckpoint } from '@mission-control/merkle';
import type { Logger } from '@mission-control/runtime';

export interface AnchorOptions {
  /** Holds the newest signed checkpoint. */
  readonly file: string | undefined;
  /** Each signed checkpoint is posted to it. */
  readonly url: string | undefined;
  readonly log: Logger;
  readonly failed: (where: 'file' | 'url') => void;
}

const postTimeoutMs = 10_000;

/**
 * Keeps signed checkpoints outside the event store, so that whoever can change that cannot make the change look right. A failure keeps nobody
 * from sealing: it is logged and counted, and the next checkpoint covers what this one did.
 */
export class Anchor {
  readonly #options: AnchorOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: AnchorOptions) {
    this.#options = options;
  }

  /** Returns at once. */
  keep(note: string): void {
    const { file, url, log, failed } = this.#options;
    this.#last = this.#last.then(async () => {
      for (const [where, keptAt] of [
        ['file', file && (() => writeAnchor(file, note))],
        ['url', url && (() => post(url, note))],
      ] as const) {
        if (!keptAt) continue;
        try {
          await keptAt();
        } catch (error) {
          failed(where);
          log.error({ err: error, where }, 'the signed checkpoint could not be kept outside the event store');
        }
      }
    });
  }

  /** Resolves when everything is kept, or has failed. */
  async close(): Promise<void> {
    await this.#last;
  }
}

/** The signed checkpoint in the file; null: there is none. @throws MalformedNote */
export const readAnchor = async (file: string): Promise<ReturnType<typeof parseCheckpoint> | null> => {
  try {
    return parseCheckpoint(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** Never replaces a checkpoint of a larger tree: it is the evidence that the log was cut. */
const writeAnchor = async (file: string, note: string): Promise<void> => {
  const [kept, next] = [await readAnchor(file), parseCheckpoint(note)];
  if (kept && (kept.size > next.size || kept.origin !== next.origin))
    throw new Error(
      `${file} has a signed checkpoint of ${kept.origin} with ${kept.size} leaves, and the log has ${next.size}. ` +
        'If it was restored from a backup, move the file away.',
    );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, note, { mode: 0o644 });
  await rename(`${file}.new`, file);
};

const post = async (url: string, body: string): Promise<void> => {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  const signal = AbortSignal.timeout(postTimeoutMs);
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the address for checkpoints answered ${response.status}`);
};
