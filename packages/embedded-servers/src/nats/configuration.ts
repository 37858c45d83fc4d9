/** Either a user name and password, or a token. */
export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string };

/** JSON is a subset of the server's own format, so strings need no further escaping. */
export const natsConfiguration = (options: {
  name: string;
  storeDir: string;
  port: number;
  pidFile: string;
  credentials: NatsCredentials;
  version: readonly [number, number];
}): string => {
  const [major, minor] = options.version;
  return `${JSON.stringify(
    {
      host: '127.0.0.1',
      port: options.port,
      server_name: options.name,
      pid_file: options.pidFile,
      authorization: options.credentials,
      jetstream: {
        store_dir: options.storeDir,
        // How much of its tail a power loss can destroy. Servers before 2.10 lack this setting and sync every 2 minutes.
        ...(major > 2 || minor >= 10 ? { sync_interval: '10s' } : {}),
      },
    },
    null,
    2,
  )}\n`;
};
