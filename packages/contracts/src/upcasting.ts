/**
 * Old events climb to the newest schema one version at a time. `upcasters[type][n - 1]` turns version n's data into
 * version n + 1's; it is pure and total over what version n could hold. The newest version of a type is the number of its
 * rungs plus one.
 */
type Upcaster = (data: unknown) => unknown;
export type Ladders = Readonly<Record<string, readonly Upcaster[] | undefined>>;

/** No event has a second version yet. */
const ladders: Ladders = {};

export const newestVersion = (type: string, among: Ladders = ladders): number =>
  (among[type]?.length ?? 0) + 1;

/**
 * @throws EventVersionTooNew when the event was written by a newer release than this one.
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
