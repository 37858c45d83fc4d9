/**
 * Upcasters convert old events to the newest schema one version at a time. `ladders[type][n - 1]` turns data of version n into data of
 * version n + 1. It is pure and handles everything that version n allowed. The newest version of a type is the number of its upcasters
 * plus one.
 */
type Upcaster = (data: unknown) => unknown;
export type Ladders = Readonly<Record<string, readonly Upcaster[] | undefined>>;

const ladders: Ladders = {
  /** Version 2 allows encrypted content, and has no other change. */
  WebhookPayloadReceived: [(data) => data],
  /** Version 2 allows the reason `told_too_often`. */
  DeliveryFiltered: [(data) => data],
};

export const newestVersion = (type: string, among: Ladders = ladders): number =>
  (among[type]?.length ?? 0) + 1;

/**
 * The version that an event is stored with: the oldest one that allows all of its data, so that services of the release before can read it
 * during an upgrade.
 */
export const storedVersion = (type: string, data: unknown): number =>
  isOfVersion1(type, data) ? 1 : newestVersion(type);

const isOfVersion1 = (type: string, data: unknown): boolean => {
  if (type === 'WebhookPayloadReceived') return (data as { body?: { enc?: unknown } }).body?.enc === null;
  return type === 'DeliveryFiltered' && (data as { reason?: unknown }).reason !== 'told_too_often';
};

/** Whether an arrival is encrypted in the event store. Only such arrivals have version 2, also once a reader has decrypted them. */
export const isStoredEncrypted = ({ metadata }: { readonly metadata: { readonly schemaVersion: number } }) =>
  metadata.schemaVersion > 1;

/**
 * @throws EventVersionTooNew if a newer release than this one wrote the event
 */
export const upcast = (type: string, version: number, data: unknown, among: Ladders = ladders): unknown => {
  const rungs = among[type] ?? [];
  if (version > rungs.length + 1) throw new EventVersionTooNew(type, version, rungs.length + 1);
  return rungs.slice(version - 1).reduce((older, rung) => rung(older), data);
};

export class EventVersionTooNew extends Error {
  readonly code = 'event_version_too_new';

  constructor(type: string, version: number, known: number) {
    super(`${type} has schema version ${version}; this release knows up to ${known}. Upgrade the service.`);
    this.name = 'EventVersionTooNew';
  }
}
