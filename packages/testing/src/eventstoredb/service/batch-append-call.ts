import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { appendSize, type ProposedEvent } from '../log/record.ts';
import { type BatchResult, batchAnswer } from './batch-answer.ts';
import { expectedRevision, proposedEvent, streamName } from './messages.ts';
import { notLeader } from './rejection-of.ts';
import { isStatus, rpcErrors } from './rpc-errors.ts';
import type { Session } from './session.ts';

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

interface PendingAppend {
  readonly correlation: UUID | undefined;
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: ProposedEvent[];
  size: number;
}

/** Many appends over one call. Responses carry the append's correlation id. A failed append gets a response and does not end the call. */
export const batchAppendCall =
  (session: Session) =>
  (call: BatchCall): void => {
    new BatchAppends(session, call).serve().catch((error: unknown) => {
      // Any other error ends the connection.
      if (isStatus(error)) call.emit('error', error);
    });
  };

class BatchAppends {
  readonly #session: Session;
  readonly #call: BatchCall;
  /** Appends that still lack some of their events, by correlation id. */
  readonly #pending = new Map<string, PendingAppend>();

  constructor(session: Session, call: BatchCall) {
    this.#session = session;
    this.#call = call;
  }

  async serve(): Promise<void> {
    const rejection = this.#session.access.callerRejection(this.#call.metadata);
    if (rejection) throw rejection;
    // A status can be sent only over a call that has not been destroyed.
    const requests: AsyncIterable<BatchAppendReq> = this.#call.iterator({ destroyOnReturn: false });
    for await (const request of requests) this.#take(request);
    // Responses to held-back appends come first.
    await this.#session.gate.opened;
    this.#call.end();
  }

  #take(request: BatchAppendReq): void {
    const key = request.getCorrelationId()?.getString() ?? '';
    const append = request.hasOptions() ? this.#begin(request) : this.#pending.get(key);
    // The rest of an append that was already rejected.
    if (append === undefined) return;

    this.#pending.delete(key);
    const problem = this.#add(append, request);
    if (problem) this.#answer(append, problem);
    else if (request.getIsFinal()) this.#write(append);
    else this.#pending.set(key, append);
  }

  /** Returns undefined if the append is rejected. */
  #begin(request: BatchAppendReq): PendingAppend | undefined {
    const options = request.getOptions();
    if (options === undefined) return undefined;
    const append = {
      correlation: request.getCorrelationId(),
      stream: streamName(options.getStreamIdentifier()),
      expectedRevision: expectedRevision({
        hasAny: () => options.hasAny(),
        hasNoStream: () => options.hasNoStream(),
        hasStreamExists: () => options.hasStreamExists(),
        getRevision: () => options.getStreamPosition(),
      }),
      events: [],
      size: 0,
    };
    const deadline = options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
    if (!this.#session.access.mayUse(append.stream, this.#call.metadata))
      this.#answer(append, { kind: 'access_denied' });
    else if (deadline <= Date.now()) this.#answer(append, { kind: 'timeout' });
    else return append;
    return undefined;
  }

  #add(append: PendingAppend, request: BatchAppendReq): BatchResult | undefined {
    const { maxAppendSize, maxAppendEventSize, appendSizeCounts } = this.#session;
    for (const message of request.getProposedMessagesList()) {
      const event = proposedEvent(message);
      if (typeof event !== 'object') return { kind: 'bad_request', message: `${event} is missing` };
      const size = appendSize(event, 'everything');
      if (size > maxAppendEventSize)
        return { kind: 'event_too_large', id: event.id, size, most: maxAppendEventSize };
      append.size += appendSize(event, appendSizeCounts);
      append.events.push(event);
    }
    return append.size > maxAppendSize ? { kind: 'too_large', most: maxAppendSize } : undefined;
  }

  #write(append: PendingAppend): void {
    const elsewhere = notLeader(this.#session, this.#call.metadata);
    if (elsewhere) throw this.#session.formerLeader === 'resets_call' ? rpcErrors.reset() : elsewhere;
    const { appendFailure } = this.#session;
    if (appendFailure) {
      this.#answer(append, { kind: 'failure', ...appendFailure });
      return;
    }
    const { stream, expectedRevision, events } = append;
    this.#session.gate.write(
      () => this.#session.writer.append(stream, expectedRevision, events),
      (outcome) => this.#answer(append, outcome),
    );
  }

  #answer(append: PendingAppend, result: BatchResult): void {
    if (!this.#call.cancelled) this.#call.write(batchAnswer(append, result));
  }
}
