import type { Meter } from '@opentelemetry/api';
import type { EventStoreLog } from './log.ts';

export interface OpenEventStoreOptions {
  /** The client name that the server shows for the connections. */
  readonly name?: string;
  readonly log?: EventStoreLog;
  /**
   * The installation's prefix, when several share the log: at most 24 lower-case letters, digits and `_`, beginning with a letter. Default
   * empty: the installation without a prefix.
   */
  readonly prefix?: string;
  /** Maximum bytes of data and metadata in one append; default 64 MiB. */
  readonly largestAppend?: number;
  /** The largest event that will be appended. The store is not opened if it does not accept it. */
  readonly largestEvent?: LargestEvent;
  /** Measures operations, and counts retries and reconnects (EventStoreDB). */
  readonly meter?: Meter;
}

export interface LargestEvent {
  /** Of data and metadata. */
  readonly bytes: number;
  /** The caller's setting that determines it; the error names it when the event is too large. */
  readonly setting: string;
}

/** With the defaults filled in. */
export type OpenSettings = OpenEventStoreOptions &
  Required<Pick<OpenEventStoreOptions, 'name' | 'log' | 'largestAppend'>>;
