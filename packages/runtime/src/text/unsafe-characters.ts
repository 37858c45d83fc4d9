/** Characters that could move the cursor, hide text or change its direction. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text for a terminal: what could move the cursor, hide text or change its direction is shown as `\uXXXX`. The result is one line. */
export const escapeUnsafe = (text: string): string =>
  text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
