import { connect } from '@nats-io/transport-node';

const patienceMs = 5_000;

/** Checks that one of the servers (comma-separated URLs with credentials) accepts the login. Resolves to its name. */
export const askNats = async (urls: string): Promise<string> => {
  const attempts = urls.split(',').map(async (text) => {
    const url = new URL(text.trim());
    const user = decodeURIComponent(url.username);
    const pass = decodeURIComponent(url.password);
    const connection = await connect({
      servers: url.host,
      ...(pass ? { user, pass } : user ? { token: user } : {}),
      ...(url.protocol === 'tls:' ? { tls: {} } : {}),
      timeout: patienceMs,
      reconnect: false,
    });
    const name = connection.info?.server_name ?? '';
    await connection.close();
    return name;
  });
  try {
    return await Promise.any(attempts);
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
};
