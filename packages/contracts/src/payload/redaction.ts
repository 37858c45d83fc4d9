/** What stands in place of a secret header's value. */
export const redacted = '[redacted]';

const alwaysSecret = ['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'x-gitlab-token'];

/** Names that speak of a secret or of a proof made with one. Events cannot be mended later, so a doubt is a yes. */
const soundsSecret =
  /(^|[-_])(x?auth|authorization|token|secret|passw(or)?d|api[-_]?key|(access|subscription|private)[-_]?key|credentials?|cookie|session|csrf|jwt|signature|hmac)([-_]|$)|hmac|apikey/;

/**
 * Header names and values from Node's `rawHeaders` (name, value, name, value, …) as pairs, names in lower case, secret
 * values replaced by `[redacted]`.
 *
 * @param secretHeaders more names to redact, lower case: what the scheme reads as secret or signature, and the operator's own
 */
export const captureHeaders = (
  rawHeaders: readonly string[],
  secretHeaders: readonly string[],
): [string, string][] => {
  const captured: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const secret = alwaysSecret.includes(name) || soundsSecret.test(name) || secretHeaders.includes(name);
    captured.push([name, secret ? redacted : (rawHeaders[i + 1] ?? '')]);
  }
  return captured;
};
