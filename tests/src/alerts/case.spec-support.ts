import type { Fault } from './fire.spec-support.ts';
import type { Watched } from './watched.spec-support.ts';

/** A fault test: what breaks, which alerts it fires, and what clears them. */
export interface Case {
  readonly name: string;
  readonly fires: Fault['fires'];
  /** Why this machine cannot break it; null if it can. */
  readonly lacks?: string | null;
  readonly fault: (watched: Watched) => Promise<Omit<Fault, 'fires'>>;
}
