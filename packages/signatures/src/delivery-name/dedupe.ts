import { type Dedupe, isAlwaysSecret, tokensOf } from '@mission-control/contracts';

/** RFC 9110, 5.6.2. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/;
const printable = /^\P{C}{1,256}$/u;

/**
 * The setting in its canonical form; null when it is invalid. A header that carries the scheme's proof, or that is always secret, is
 * rejected, because its value would be stored in plain text. Any other header is the admin's choice, even if its name sounds secret.
 *
 * @param secretHeaders the result of `secretHeaders` of the webhook's scheme for its settings
 */
export const parseDedupe = (text: string, secretHeaders: readonly string[]): Dedupe | null => {
  if (text === 'scheme' || text === 'off') return text;
  if (text.startsWith('header:')) {
    const name = text.slice('header:'.length).toLowerCase();
    return headerName.test(name) && !secretHeaders.includes(name) && !isAlwaysSecret(name)
      ? `header:${name}`
      : null;
  }
  if (text.startsWith('body:/') && printable.test(text)) {
    return tokensOf(text.slice('body:'.length)) ? (text as `body:/${string}`) : null;
  }
  return null;
};
