import type { Checkpoint } from '@mission-control/event-store';
import { type LogPoint, lastEventAt, lastEventUpTo } from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { type AsOf, shownPosition } from './as-of.ts';

/** Finds the place in the log that a question about the past means. */
@Injectable()
export class LogPoints {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  /**
   * The last event that counts. The response names its position in `X-As-Of`, so that the same question can be asked again.
   *
   * @throws ApiError 422 when the point is in the future, before the first event, or in another log
   * @throws ApiError 503 when the audit index is behind it
   */
  async find(caller: Caller, asOf: AsOf): Promise<LogPoint> {
    const head = await this.head();
    const point = asOf.kind === 'time' ? await this.#atTime(asOf.time, head) : await this.#upTo(asOf, head);
    if (!point) throw beforeTheFirst();
    caller.asOf = shownPosition(head.incarnation, point.position);
    return point;
  }

  /** @throws ApiError 422 while the log is empty */
  async head(): Promise<Checkpoint> {
    const head = await this.commands.store.head();
    if (!head) throw beforeTheFirst();
    return head;
  }

  /** Waits until the audit index has everything up to the position. @throws ApiError 503 */
  async indexed(position: bigint): Promise<void> {
    if (await this.reads.caughtUp('audit', position)) return;
    throw new ApiError(
      503,
      'audit_index_behind',
      'The audit index has not reached this point of the log yet. Try again soon.',
      { headers: { 'retry-after': '5' } },
    );
  }

  /**
   * What the audit index says, read again once it has everything up to the position, unless it is certain before.
   *
   * @throws ApiError 503 when the audit index is behind
   */
  async complete<T>(
    position: bigint,
    read: () => Promise<T>,
    isCertain: (found: T) => boolean = () => false,
  ): Promise<T> {
    const found = await read();
    if (isCertain(found)) return found;
    await this.indexed(position);
    return read();
  }

  async #atTime(time: string, head: Checkpoint): Promise<LogPoint | undefined> {
    if (Date.parse(time) > Date.now())
      throw rejected('as_of_in_future', 'as_of is in the future: what will be known then is not known yet.');
    const found = await lastEventAt(this.reads.db, time);
    if (found.complete) return found.point;
    await this.indexed(head.position);
    return (await lastEventAt(this.reads.db, time)).point;
  }

  async #upTo(
    { incarnation, position }: Extract<AsOf, { kind: 'position' }>,
    head: Checkpoint,
  ): Promise<LogPoint | undefined> {
    inThisLog('as_of', { incarnation, position }, head.incarnation);
    if (position > head.position)
      throw rejected('as_of_in_future', `as_of is after the end of the log, which is ${head.position}.`);
    const found = await lastEventUpTo(this.reads.db, position);
    if (found.complete) return found.point;
    await this.indexed(position);
    return (await lastEventUpTo(this.reads.db, position)).point;
  }
}

/**
 * The position, if it is one of this log.
 *
 * @param name of the query parameter
 * @throws ApiError 422
 */
export const inThisLog = (
  name: string,
  { incarnation, position }: Pick<Checkpoint, 'incarnation' | 'position'>,
  log: string,
): bigint => {
  if (incarnation === log) return position;
  throw rejected(
    'position_in_another_log',
    `${name} is a position in another log: this one is ${log}. A copy of a log has positions of its own; ask for a time.`,
  );
};

const rejected = (code: string, detail: string): ApiError => new ApiError(422, code, detail);

const beforeTheFirst = (): ApiError =>
  rejected('as_of_before_first_event', 'as_of is before the first event of the log.');
