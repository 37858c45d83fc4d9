import type { EventStore } from '../port.ts';
import type { ConformanceBinding } from './binding.ts';
import type { ConformanceCase } from './case.ts';
import { Conformance } from './conformance.ts';
import { within } from './waiting.ts';

/** Milliseconds. Only a case that hangs reaches it. */
export const caseTimeout = 240_000;

/**
 * Runs one case in its own streams, closes what it has opened, and tombstones its streams. Throws when the guarantee does not
 * hold. `left` is called with the names of the streams, whose positions stay in the log.
 */
export const runCase = async (
  one: ConformanceCase,
  store: EventStore,
  binding: ConformanceBinding,
  left: (streams: ReadonlySet<string>) => void = () => {},
): Promise<void> => {
  const conformance = await Conformance.of(store, binding);
  try {
    await within(caseTimeout, 'the end of the case', one.run(conformance));
  } finally {
    await conformance.end();
    await Promise.all([...conformance.streams].map((stream) => store.tombstone(stream)));
    left(conformance.streams);
  }
};
