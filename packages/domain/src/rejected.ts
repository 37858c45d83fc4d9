/** The state does not allow the command. `code` is stable; `detail` is a sentence for people. */
export class CommandRejected extends Error {
  readonly kind: 'not_found' | 'conflict' | 'invalid';
  readonly code: string;

  constructor(kind: CommandRejected['kind'], code: string, detail: string) {
    super(detail);
    this.name = 'CommandRejected';
    this.kind = kind;
    this.code = code;
  }
}
