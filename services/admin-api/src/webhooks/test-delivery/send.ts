import { newOrderedId, redacted } from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import { ApiError } from '@mission-control/runtime';
import { schemes } from '@mission-control/signatures';
import { z } from 'zod';

const timeoutMs = 10_000;
/**
 * Characters kept of a response. The gateway's responses are short, and longer ones from another server behind the URL are not
 * needed.
 */
const longestAnswer = 10_000;

export interface SentTest {
  readonly request: {
    readonly url: string;
    /** A signature or token is not shown: with some schemes it is the secret itself. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: { readonly status: number; readonly body: string };
  /** null: not accepted. */
  readonly payloadId: string | null;
}

const accepted = z.object({ payload_id: z.uuid() });

/**
 * Signs a sample as the webhook's sender would, and posts it to the public URL.
 *
 * @param secret in plain text; null: the webhook has none, and the sample is not signed
 * @throws ApiError 502 when nothing answers at the URL
 */
export const sendTest = async (
  webhook: ActiveWebhook,
  secret: string | null,
  url: string,
): Promise<SentTest> => {
  const signedAt = Date.now();
  const deliveryId = newOrderedId();
  const { sample, proof, secretHeaders } = schemes[webhook.signatureScheme];
  const { headers, body } = sample({ deliveryId, signedAt });
  const signature =
    proof && secret !== null
      ? proof.sign({ body, key: proof.keyOf(secret), signedAt, deliveryId }, webhook)
      : {};
  const request = { ...headers, ...signature, 'user-agent': 'Mission-Control-Webhooks-Test' };
  const response = await post(url, request, body);
  const taken = response.status === 202 ? accepted.safeParse(jsonOf(response.body)) : null;
  const hidden = new Set(secretHeaders(webhook));
  const shown = Object.entries(request).map(([name, value]) => [name, hidden.has(name) ? redacted : value]);
  return {
    request: { url, headers: Object.fromEntries(shown), body: body.toString() },
    response,
    payloadId: taken?.success ? taken.data.payload_id : null,
  };
};

const post = async (url: string, headers: Record<string, string>, body: Buffer) => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: (await response.text()).slice(0, longestAnswer) };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new ApiError(
      502,
      'endpoint_unreachable',
      `Nothing answered at ${url} (${(cause as Error | undefined)?.message ?? message}). Is BASE_URL the address that senders use?`,
      { cause: error },
    );
  }
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
