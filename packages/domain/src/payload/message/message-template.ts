/** A piece of a message template: fixed text, or what stands for a value. */
export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pointer' /** A JSON pointer (RFC 6901). */; readonly pointer: string }
  | { readonly kind: 'name'; readonly name: TemplateName };

/** What is known of every payload. */
export const templateNames = ['event_type', 'sender', 'received_at', 'payload_id'] as const;
export type TemplateName = (typeof templateNames)[number];

/** Why a text is not what it should be. */
export interface TextFault {
  /** Of the character at which it begins, from 1. */
  readonly position: number;
  /** Continues "At character 7, ". */
  readonly fault: string;
}

/** Bounds of the setting `message`. Lengths are in UTF-16 units. */
export const messageLimits = { fields: 20, pointer: 200, template: 2_000, placeholders: 20 } as const;

/**
 * Reads a message template: text in which `{{/json/pointer}}` stands for a member of the payload and `{{event_type}}` for something that is
 * known of every payload. There is nothing else in it, neither conditions nor loops: what a template makes of a payload is bounded by its
 * length.
 */
export const parseMessageTemplate = (template: string): readonly TemplatePiece[] | TextFault => {
  const pieces: TemplatePiece[] = [];
  let placeholders = 0;
  let end = 0;
  for (let start = template.indexOf('{{'); start !== -1; start = template.indexOf('{{', end)) {
    if (start > end) pieces.push({ kind: 'text', text: template.slice(end, start) });
    const closing = template.indexOf('}}', start);
    if (closing === -1) return { position: start + 1, fault: '{{ begins a placeholder that has no }}.' };
    placeholders += 1;
    if (placeholders > messageLimits.placeholders) {
      const { placeholders: most } = messageLimits;
      return { position: start + 1, fault: `a placeholder too many begins: ${most} are allowed.` };
    }
    const piece = placeholderOf(template.slice(start + 2, closing).trim());
    if ('fault' in piece) return { position: start + 1, fault: piece.fault };
    pieces.push(piece);
    end = closing + 2;
  }
  if (end < template.length) pieces.push({ kind: 'text', text: template.slice(end) });
  return pieces;
};

const placeholderOf = (inner: string): Exclude<TemplatePiece, { kind: 'text' }> | { fault: string } => {
  if (inner.startsWith('/')) {
    const found = pointerFault(inner);
    return found ? { fault: `the JSON pointer ${found.fault}` } : { kind: 'pointer', pointer: inner };
  }
  const name = templateNames.find((one) => one === inner);
  return name
    ? { kind: 'name', name }
    : { fault: `{{ must be followed by a JSON pointer or by ${templateNames.join(', ')}, and }}.` };
};

/** What is wrong with a JSON pointer that must name a member; null: nothing. */
export const pointerFault = (pointer: string): TextFault | null => {
  if (pointer.length > messageLimits.pointer) {
    const { pointer: most } = messageLimits;
    return { position: most + 1, fault: `is longer than ${most} characters.` };
  }
  if (!pointer.startsWith('/')) return { position: 1, fault: 'does not begin with a slash.' };
  const bad = pointer.search(/~(?![01])/);
  return bad === -1 ? null : { position: bad + 1, fault: 'has a ~ that is neither ~0 nor ~1.' };
};
