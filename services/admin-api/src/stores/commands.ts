import {
  type Aggregate,
  type Decided,
  decideOn,
  endDeliveries,
  type Loaded,
  loadAggregate,
  recordOpenclawGatewayStatus,
} from '@mission-control/aggregates';
import { asEvent, type DomainEvent, type EventType, type Fact, parseEvent } from '@mission-control/contracts';
import { CommandRejected } from '@mission-control/domain';
import type { EventStore, Position } from '@mission-control/event-store';
import type { Keyring } from '@mission-control/keyring';
import type { ProjectionName } from '@mission-control/read-models';
import { Injectable } from '@nestjs/common';
import { type Caller, eventContextOf } from '../http/caller.ts';
import { Stores } from './stores.ts';

/** When something was created and last changed, ISO-8601 UTC. */
export interface Times {
  readonly created_at: string;
  readonly updated_at: string;
}

/** What use cases do to the event store on behalf of a caller. */
@Injectable()
export class Commands {
  constructor(private readonly stores: Stores) {}

  get store(): EventStore {
    return this.stores.store;
  }

  /** The event store as it is, with encrypted content. */
  get asStored(): EventStore {
    return this.stores.asStored;
  }

  get keyring(): Keyring {
    return this.stores.keyring;
  }

  /**
   * Makes a webhook's content key durable before it gets the setting `encryptContent`, if its content will be encrypted.
   *
   * @throws CommandRejected when the setting would have no effect; EventStoreUnavailable when the table of content keys cannot be reached
   */
  prepareEncryption(webhookId: string, encryptContent: boolean | null): Promise<void> {
    return this.stores.prepareEncryption(webhookId, encryptContent);
  }

  /**
   * Decides on the newest state of an aggregate and appends the outcome. The caller's response waits until queries can read it.
   *
   * @param projection which shows the outcome
   */
  async decide<S, F extends Fact>(
    caller: Caller,
    aggregate: Aggregate<S, F>,
    id: string,
    decide: (state: S, loaded: Loaded<S>) => readonly F[] | Promise<readonly F[]>,
    projection: ProjectionName = 'configuration',
  ): Promise<Decided<S>> {
    const decided = await decideOn(this.store, aggregate, id, eventContextOf(caller), decide);
    if (decided.position !== null) note(caller, projection, decided.position);
    return decided;
  }

  /** Like `decide`, for what no query shows: the response waits for nothing. */
  async decideOnly<S, F extends Fact>(
    caller: Caller,
    aggregate: Aggregate<S, F>,
    id: string,
    decide: (state: S) => readonly F[],
  ): Promise<void> {
    await decideOn(this.store, aggregate, id, eventContextOf(caller), decide);
  }

  /**
   * Appends a fact that is allowed in every state.
   *
   * @param projections whose rows follow from it
   * @throws CommandRejected when what the stream is about was removed
   */
  async record<T extends EventType>(
    caller: Caller,
    projections: readonly ProjectionName[],
    stream: string,
    fact: Fact<T>,
  ): Promise<DomainEvent<T>> {
    const event = asEvent(fact, eventContextOf(caller));
    const result = await this.store.append(stream, 'any', [event]);
    if (!result.ok && result.reason === 'stream_deleted')
      throw new CommandRejected('not_found', 'removed_meanwhile', 'It was removed in the meantime.');
    if (!result.ok) throw new Error(`${stream} did not accept an event (${result.reason}).`);
    for (const projection of projections) note(caller, projection, result.position);
    return event;
  }

  /** Appends the first event of a stream. */
  async begin(caller: Caller, projection: ProjectionName, stream: string, event: DomainEvent): Promise<void> {
    const result = await this.store.append(stream, 'no_stream', [event]);
    if (!result.ok) throw new Error(`${stream} does not begin (${result.reason}).`);
    note(caller, projection, result.position);
  }

  /** Ends the outstanding deliveries of a payload that is about to be removed. */
  endDeliveries(
    caller: Caller,
    payload: Parameters<typeof endDeliveries>[1],
    removal: Parameters<typeof endDeliveries>[2],
  ): ReturnType<typeof endDeliveries> {
    return endDeliveries(this.store, payload, removal, eventContextOf(caller));
  }

  /** Records that an OpenClaw gateway accepted a connection, if it was not known to be available. */
  async openclawGatewayAvailable(
    caller: Caller,
    gatewayId: string,
    serverVersion: string | null,
  ): Promise<void> {
    const position = await recordOpenclawGatewayStatus(
      this.store,
      { type: 'OpenclawGatewayAvailable', data: { gatewayId, serverVersion, bootId: null } },
      eventContextOf(caller),
    );
    if (position !== null) note(caller, 'configuration', position);
  }

  /** @param upTo the last revision to include; default: the newest */
  async load<S, F>(aggregate: Aggregate<S, F>, id: string, upTo?: number): Promise<S> {
    return (await loadAggregate(this.store, aggregate, id, upTo)).state;
  }

  /** Read from the first and the last event of an existing stream. */
  async timesOf(stream: string, lastRevision: number): Promise<Times> {
    const [first, last] = await Promise.all([
      this.#occurredAt(stream, 0),
      this.#occurredAt(stream, lastRevision),
    ]);
    return { created_at: first, updated_at: last };
  }

  async #occurredAt(stream: string, revision: number): Promise<string> {
    const recorded = await this.store.readEvent(stream, revision);
    if (recorded === 'gone') throw new Error(`${stream} is missing revision ${revision}.`);
    return parseEvent(recorded).metadata.occurredAt;
  }
}

const note = (caller: Caller, projection: ProjectionName, position: Position): void => {
  const before = caller.written.get(projection);
  if (before === undefined || before < position) caller.written.set(projection, position);
};
