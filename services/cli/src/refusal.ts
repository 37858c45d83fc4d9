/** A command was refused, and did nothing that it would have to undo. */
export class Refusal extends Error {
  constructor(
    /** Stable. */
    readonly code:
      | 'bad_address'
      | 'data_directory_in_use'
      | 'database_does_not_start'
      | 'same_log'
      | 'source_empty'
      | 'source_is_copying'
      | 'source_active'
      | 'source_differs'
      | 'target_not_empty'
      | 'target_active'
      | 'target_out_of_order'
      | 'not_a_copy',
    message: string,
  ) {
    super(message);
    this.name = 'Refusal';
  }
}
