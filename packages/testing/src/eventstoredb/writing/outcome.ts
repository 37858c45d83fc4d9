export interface Written {
  readonly kind: 'written';
  /** Revision of the last event. */
  readonly revision: number;
  /** Position of the last event; -1 if the server does not return it, for example for a repeat of an event that is now hidden. */
  readonly position: number;
}

export type WriteOutcome =
  | Written
  | { readonly kind: 'wrong_expected_version'; readonly current: number }
  | { readonly kind: 'stream_deleted' };
