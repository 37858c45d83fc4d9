export interface Written {
  readonly kind: 'written';
  /** Revision of the last event. */
  readonly revision: number;
  /** Position of the last event; -1 when the server does not tell it, as for a repeat of what has since been hidden. */
  readonly position: number;
}

export type WriteOutcome =
  | Written
  | { readonly kind: 'wrong_expected_version'; readonly current: number }
  | { readonly kind: 'stream_deleted' };
