import { setTimeout as delay } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import { type Cpu, cpuOf, readMetrics, sumOf } from './usage.ts';

const everyMs = 100;
const patienceMs = 120_000;
/** A notifier that loses its lane counts nothing for what it has just appended, so after this time the read model is asked. */
const uncountedAfterMs = 5_000;
/** What ends a delivery. */
const ends = ['handled', 'run_failed', 'run_unknown', 'parked', 'failed'];

interface Counts {
  readonly told: number;
  readonly ended: number;
}

/** When the agents and the read models had everything, milliseconds since 1970, as seen every 100 ms. */
export interface Reached {
  /** Processor time until the last agent was told. */
  readonly cpuWhenTold: Cpu;
  readonly statusesAt: number;
  /** When all projections of payloads had passed the position. */
  readonly rowsAt: (position: bigint) => number;
}

/**
 * Watches a system by what costs it little: the notifier's metrics and the checkpoints of the projections. A subscription of its own would
 * read after every append.
 */
export class Progress {
  readonly #contender: Contender;
  readonly #notifierUrl: string;
  readonly #before: Counts;
  readonly #rowsBefore: number;
  readonly #positions: { readonly at: number; readonly position: bigint }[] = [];

  private constructor(contender: Contender, notifierUrl: string, before: Counts, rowsBefore: number) {
    this.#contender = contender;
    this.#notifierUrl = notifierUrl;
    this.#before = before;
    this.#rowsBefore = rowsBefore;
  }

  static async begin(contender: Contender): Promise<Progress> {
    const url = await contender.managementUrl('notifier');
    return new Progress(contender, url, await countsOf(url), await handledRows(contender));
  }

  /**
   * Call it when the load begins. Resolves when all payloads are told, their runs have ended, and the read models show it.
   *
   * @throws if nothing happens for two minutes
   */
  async complete(amount: number): Promise<Reached> {
    let cpuWhenTold: Cpu | null = null;
    let seen = { told: -1, ended: -1 };
    let newsAt = performance.now();
    for (let n = 0; ; n += 1) {
      await this.#samplePosition();
      // Less often: writing down all metrics takes the notifier a millisecond.
      if (n % 3 === 0) {
        const counts = await countsOf(this.#notifierUrl);
        const now = { told: counts.told - this.#before.told, ended: counts.ended - this.#before.ended };
        if (now.told !== seen.told || now.ended !== seen.ended) newsAt = performance.now();
        seen = now;
        if (seen.told >= amount) cpuWhenTold ??= cpuOf(this.#contender);
        if (cpuWhenTold !== null && seen.ended >= amount) break;
      }
      const quietMs = performance.now() - newsAt;
      if (quietMs > uncountedAfterMs && n % 50 === 0 && (await this.#allHandled(amount))) {
        cpuWhenTold ??= cpuOf(this.#contender);
        break;
      }
      if (quietMs > patienceMs)
        throw new Error(
          `Nothing has happened for ${patienceMs} ms: of ${amount}, ${JSON.stringify(seen)}; the read model has ${JSON.stringify(await statuses(this.#contender))}.`,
        );
      await delay(everyMs);
    }
    const deadline = performance.now() + patienceMs;
    while (!(await this.#allHandled(amount))) {
      if (performance.now() > deadline)
        throw new Error('The read model does not show all payloads as handled.');
      await delay(everyMs);
    }
    const statusesAt = Date.now();
    await this.#samplePosition();
    return {
      cpuWhenTold,
      statusesAt,
      rowsAt: (position) => this.#positions.find((one) => one.position >= position)?.at ?? statusesAt,
    };
  }

  async #allHandled(amount: number): Promise<boolean> {
    return (await handledRows(this.#contender)) - this.#rowsBefore >= amount;
  }

  async #samplePosition(): Promise<void> {
    const { rows } = await this.#contender.database.query<{ position: string | null }>(
      `select min(position)::text as position from projection_checkpoints where projection in ('payloads', 'memory')`,
    );
    this.#positions.push({ at: Date.now(), position: BigInt(rows[0]?.position ?? -1) });
  }
}

const countsOf = async (url: string): Promise<Counts> => {
  const metrics = await readMetrics(url);
  const outcome = (name: string) =>
    sumOf(metrics, 'mission_control_delivery_outcomes_total', `outcome="${name}"`);
  return { told: outcome('told'), ended: ends.reduce((sum, name) => sum + outcome(name), 0) };
};

const handledRows = async (contender: Contender): Promise<number> => (await statuses(contender)).handled ?? 0;

/** Payloads by status. */
const statuses = async ({ database }: Contender): Promise<Readonly<Record<string, number>>> => {
  const { rows } = await database.query<{ status: string; number: number }>(
    'select status, sum(payloads)::int as number from webhook_payload_counts group by status',
  );
  return Object.fromEntries(rows.map(({ status, number }) => [status, number]));
};
