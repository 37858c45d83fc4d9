/** Replaces the value of a secret header. */
export const redacted = '[redacted]';

/** Proofs: they are valid for one request only, and other headers often describe them. */
const proof = /signature|hmac|(^|[-_])sig([-_]|$)/;
/** Secrets that give access to something, and names that may mean such a secret. */
const credential =
  /token|secret|passw|passphrase|passcode|credential|cookie|session|csrf|xsrf|jwt|bearer|assertion|authori[sz]|authentication|api[-_]?key|(access|auth|private|subscription)[-_]?key|(^|[-_])(x?auth|otp|pass|pwd)([-_]|$)|(^|[-_])(key|verification)$/;
/** A time or the name of an algorithm: never a secret, whatever it belongs to. */
const timeOrAlgorithm = /(?<!one)[-_](timestamp|ts|time|date|expires|expiry|expiration|algo|alg|algorithm)$/;
/** Other descriptions of a proof, which prove nothing themselves. */
const aboutProof = /[-_](version|id|type|method|url|uri|input|agent|nonce)$/;

/** Secret, although the name does not suggest it: Trello's signature, and the identity that AWS load balancers add (a JWT). */
const silentlySecret = ['x-trello-webhook', 'x-amzn-oidc-data'];
/** Not secret, although the name suggests it: names of deliveries and events, and the key of the WebSocket handshake. */
const falselySecret = /(^|[-_])idempotency[-_](key|token)$|^x-event-key$|^sec-websocket-key$/;

/** Always gives access to something, so no webhook may use it for the delivery name. */
const alwaysSecret =
  /secret|passw|passphrase|passcode|credential|cookie|csrf|xsrf|jwt|bearer|assertion|authori[sz]|authentication|(access|api|auth|private|sas|subscription)[-_]?key|(access|agent|api|auth|bot|buildkite|channel|gitlab|oidc|private|refresh|sas|security|session|vault|webhook)[-_]?token/;

/**
 * Whether a header's name suggests that its value is a secret or a proof made with one. Events cannot be changed later, so the answer is
 * yes in case of doubt.
 *
 * @param name in lower case
 */
export const soundsSecret = (name: string): boolean => {
  const isCredential = credential.test(name);
  // Most headers are neither, so that is checked first.
  if (!isCredential && !proof.test(name)) return silentlySecret.includes(name);
  if (falselySecret.test(name) || timeOrAlgorithm.test(name)) return false;
  return isCredential || !aboutProof.test(name);
};

/** Whether a header is secret even if a webhook's admin has chosen it for the delivery name. @param name in lower case */
export const isAlwaysSecret = (name: string): boolean =>
  silentlySecret.includes(name) || (alwaysSecret.test(name) && soundsSecret(name));

/**
 * Headers from Node's `rawHeaders` (name, value, name, value, …) as pairs, with names in lower case and secret values replaced by
 * `[redacted]`.
 *
 * @param secretHeaders more names to redact, lower case: those that the scheme reads as secret or signature, and the operator's own
 * @param chosen the header with the webhook's delivery name, lower case: kept unless it is in `secretHeaders` or always secret
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
