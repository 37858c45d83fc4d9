import autocannon from 'autocannon';
import type { SignedRequest } from './apache-bench.ts';

/**
 * Posts `amount` of the requests in sequence, beginning with the one at `from`, over keep-alive connections. For requests to many
 * addresses, which ApacheBench does not support. Resolves to requests per second.
 *
 * @throws if a request was not accepted
 */
export const postInTurn = async (
  baseUrl: string,
  requests: readonly SignedRequest[],
  { connections, amount, from = 0 }: { connections: number; amount: number; from?: number },
): Promise<number> => {
  let next = from;
  let accepted = 0;
  const startedAt = performance.now();
  // The load generator itself ends only on a full second.
  let lastAnswerAt = startedAt;
  const [first] = requests;
  await new Promise<void>((resolve, reject) => {
    const run = autocannon(
      {
        url: baseUrl,
        connections,
        amount,
        requests: [
          {
            method: 'POST',
            headers: { ...first?.headers },
            body: first?.body ?? '',
            setupRequest: (request) => {
              const { path } = requests[next++ % requests.length] ?? { path: '/' };
              return { ...request, path };
            },
          },
        ],
      },
      (error) => (error ? reject(error) : resolve()),
    );
    run.on('response', (_client, status) => {
      lastAnswerAt = performance.now();
      if (status === 202) accepted += 1;
    });
  });
  if (accepted !== amount) throw new Error(`${amount - accepted} of ${amount} requests were not accepted.`);
  return (amount * 1000) / (lastAnswerAt - startedAt);
};
