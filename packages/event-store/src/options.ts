import type { Meter } from '@opentelemetry/api';
import type { EventStoreLog } from './log.ts';

export interface OpenEventStoreOptions {
  /** Shown by the server beside the connections. */
  readonly name?: string;
  readonly log?: EventStoreLog;
  /** Most bytes of data and metadata in one append; default 64 MiB. */
  readonly largestAppend?: number;
  /** The largest event that will be appended. A store that does not take it is not opened. */
  readonly largestEvent?: LargestEvent;
  /** Counts appends by outcome, what was tried again, and reconnects (EventStoreDB). */
  readonly meter?: Meter;
}

export interface LargestEvent {
  /** Of data and metadata. */
  readonly bytes: number;
  /** The caller's setting it comes from, to be named when it is too large. */
  readonly setting: string;
}

/** With the defaults filled in. */
export type OpenSettings = OpenEventStoreOptions &
  Required<Pick<OpenEventStoreOptions, 'name' | 'log' | 'largestAppend'>>;
