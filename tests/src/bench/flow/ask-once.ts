/** Asks over a connection of its own: between rounds, a server may close a kept connection just as the next request is sent on it. */
export const askOnce = async (url: string, method = 'GET'): Promise<Response> =>
  await fetch(url, { method, headers: { connection: 'close' } });
