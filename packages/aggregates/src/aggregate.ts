import {
  type Actor,
  type AgentFact,
  type BoardFact,
  type BoardSlugFact,
  type DeliveryFact,
  type InstallationFact,
  type OpenclawGatewayFact,
  type ProjectionFact,
  type ReplayFact,
  streams,
  type WebhookFact,
} from '@mission-control/contracts';
import {
  type Deliveries,
  evolveAgent,
  evolveBoard,
  evolveBoardSlug,
  evolveDeliveries,
  evolveInstallation,
  evolveOpenclawGateway,
  evolveRebuilds,
  evolveReplay,
  evolveWebhook,
  freeSlug,
  type Installation,
  noAgent,
  noBoard,
  noDeliveries,
  noInstallation,
  noOpenclawGateway,
  noRebuilds,
  noReplay,
  noWebhook,
  type Rebuilds,
  type Replay,
} from '@mission-control/domain';

/** A fact with what the event store knows of it. */
export type RecordedFact<F> = F & {
  readonly id: string;
  readonly metadata: { readonly occurredAt: string; readonly actor: Actor };
};

/** How one kind of stream is folded into a state. */
export interface Aggregate<S, F> {
  readonly stream: (id: string) => string;
  readonly initial: S;
  readonly evolve: (state: S, fact: RecordedFact<F>) => S;
}

const aggregate = <S, F>(
  stream: (id: string) => string,
  initial: S,
  evolve: (state: S, fact: RecordedFact<F>) => S,
): Aggregate<S, F> => ({ stream, initial, evolve });

export const aggregates = {
  board: aggregate(streams.board, noBoard, (state, fact: BoardFact) => evolveBoard(state, fact)),
  boardSlug: aggregate(streams.boardSlug, freeSlug, (state, fact: BoardSlugFact) =>
    evolveBoardSlug(state, fact),
  ),
  agent: aggregate(streams.agent, noAgent, (state, fact: AgentFact) => evolveAgent(state, fact)),
  openclawGateway: aggregate(streams.openclawGateway, noOpenclawGateway, (state, fact: OpenclawGatewayFact) =>
    evolveOpenclawGateway(state, fact),
  ),
  webhook: aggregate(streams.webhook, noWebhook, (state, fact: WebhookFact) => evolveWebhook(state, fact)),
  /** The only one of its kind: its id is not used. */
  installation: aggregate<Installation, InstallationFact>(
    () => streams.installation,
    noInstallation,
    evolveInstallation,
  ),
  replay: aggregate<Replay, ReplayFact>(streams.replay, noReplay, evolveReplay),
  /** The rebuilds of a projection; its id is the projection's name. */
  rebuilds: aggregate<Rebuilds, ProjectionFact>(streams.projection, noRebuilds, evolveRebuilds),
  deliveries: aggregate<Deliveries, DeliveryFact>(streams.delivery, noDeliveries, evolveDeliveries),
} as const;
