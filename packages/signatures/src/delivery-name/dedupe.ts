import { captureHeaders, type Dedupe, redacted } from '@mission-control/contracts';
import { tokensOf } from './json-pointer.ts';

/** RFC 9110, 5.6.2. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/;
const printable = /^\P{C}{1,256}$/u;

/**
 * The setting in its canonical form; null when it is none. A header whose value is redacted is refused: the name would be stored in clear.
 *
 * @param secretHeaders what `secretHeaders` of the webhook's scheme gives for its settings
 */
export const parseDedupe = (text: string, secretHeaders: readonly string[]): Dedupe | null => {
  if (text === 'scheme' || text === 'off') return text;
  if (text.startsWith('header:')) {
    const name = text.slice('header:'.length).toLowerCase();
    return headerName.test(name) && !isRedacted(name, secretHeaders) ? `header:${name}` : null;
  }
  if (text.startsWith('body:/') && printable.test(text)) {
    return tokensOf(text.slice('body:'.length)) ? (text as `body:/${string}`) : null;
  }
  return null;
};

const isRedacted = (name: string, secretHeaders: readonly string[]): boolean =>
  captureHeaders([name, ''], secretHeaders).some(([, value]) => value === redacted);
