/** A cursor that this list did not issue. */
export class InvalidCursor extends Error {
  readonly code = 'invalid_cursor';

  constructor() {
    super('The cursor is not one that this list returned.');
    this.name = 'InvalidCursor';
  }
}

const place = {
  /** Log position. */
  position: /^\d{1,20}$/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
} as const;

/**
 * Cursors for one kind of list: opaque to callers, and valid for that kind only.
 *
 * @param list names the kind
 * @param parts what a cursor of this kind is made of
 */
export const cursorOf = (list: string, parts: readonly (keyof typeof place)[]) => ({
  encode: (values: readonly (string | bigint)[]): string =>
    Buffer.from([list, ...values].join('|')).toString('base64url'),

  /** @throws InvalidCursor */
  decode: (cursor: string): string[] => {
    const [name, ...values] = Buffer.from(cursor, 'base64url').toString().split('|');
    const fits =
      name === list &&
      values.length === parts.length &&
      parts.every((part, i) => place[part].test(values[i] ?? ''));
    if (!fits) throw new InvalidCursor();
    return values;
  },
});
