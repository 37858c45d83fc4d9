/** Replaces a secret header's value. */
export const redacted = '[redacted]';

/** Proofs: worth something for one request only, and often beside headers that describe them. */
const proof = /signature|hmac|(^|[-_])sig([-_]|$)/;
/** Secrets that open something, and what may be one. */
const credential =
  /token|secret|passw|passphrase|passcode|credential|cookie|session|csrf|xsrf|jwt|bearer|assertion|authori[sz]|authentication|api[-_]?key|(access|auth|private|subscription)[-_]?key|(^|[-_])(x?auth|otp|pass|pwd)([-_]|$)|(^|[-_])(key|verification)$/;
/** A time, or the name of an algorithm: no secret, whatever it belongs to. */
const timeOrAlgorithm = /(?<!one)[-_](timestamp|ts|time|date|expires|expiry|expiration|algo|alg|algorithm)$/;
/** What else is said about a proof and proves nothing. */
const aboutProof = /[-_](version|id|type|method|url|uri|input|agent|nonce)$/;

/** Secret, though the name does not say so: Trello's signature, and the identity that AWS load balancers add (a JWT). */
const silentlySecret = ['x-trello-webhook', 'x-amzn-oidc-data'];
/** Not secret, though the name sounds so: names of deliveries and events, and the key of the WebSocket handshake. */
const falselySecret = /(^|[-_])idempotency[-_](key|token)$|^x-event-key$|^sec-websocket-key$/;

/** Opens something in any case, so that no webhook may choose it to name deliveries. */
const alwaysSecret =
  /secret|passw|passphrase|passcode|credential|cookie|csrf|xsrf|jwt|bearer|assertion|authori[sz]|authentication|(access|api|auth|private|sas|subscription)[-_]?key|(access|agent|api|auth|bot|buildkite|channel|gitlab|oidc|private|refresh|sas|security|session|vault|webhook)[-_]?token/;

/**
 * Whether a header's name says that its value is a secret or a proof made with one. Events cannot be changed later, so a doubt is a yes.
 *
 * @param name in lower case
 */
const soundsSecret = (name: string): boolean => {
  const isCredential = credential.test(name);
  // Most headers are neither, so that is found out first.
  if (!isCredential && !proof.test(name)) return silentlySecret.includes(name);
  if (falselySecret.test(name) || timeOrAlgorithm.test(name)) return false;
  return isCredential || !aboutProof.test(name);
};

/** Whether a header is secret even when a webhook's admin has chosen it to name deliveries. @param name in lower case */
export const isAlwaysSecret = (name: string): boolean =>
  silentlySecret.includes(name) || (alwaysSecret.test(name) && soundsSecret(name));

/**
 * Header names and values from Node's `rawHeaders` (name, value, name, value, …) as pairs, names in lower case, secret
 * values replaced by `[redacted]`.
 *
 * @param secretHeaders more names to redact, lower case: what the scheme reads as secret or signature, and the operator's own
 * @param chosen the header that names the webhook's deliveries, lower case: kept unless it is among `secretHeaders` or always secret
 */
export const captureHeaders = (
  rawHeaders: readonly string[],
  secretHeaders: readonly string[],
  chosen: string | null = null,
): [string, string][] => {
  const captured: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const secret =
      secretHeaders.includes(name) || (name === chosen ? isAlwaysSecret(name) : soundsSecret(name));
    captured.push([name, secret ? redacted : (rawHeaders[i + 1] ?? '')]);
  }
  return captured;
};
