export const help = `Runs the whole system in the foreground: gateway, admin API, projector, relay, notifier and steward, on an embedded
Postgres and nats-server.

  npm start                 Ctrl-C stops everything
  npm start -- --help       this text

Variables (all optional; they may also be set in .env; every secret can be read from a file: NAME_FILE=/path)
  PORT, HOST                public port and address of the gateway (8000, 127.0.0.1)
  BASE_URL                  its URL as senders and agents reach it (http://localhost:$PORT)
  DATA_DIR                  data of the embedded servers, generated token and keys (.data)
  LOCAL_AUTH_TOKEN          admin bearer tokens (generated into $DATA_DIR/admin-token)
  AUDITOR_TOKEN             bearer tokens that are read-only
  ENCRYPTION_KEY            base64 of 32 bytes (generated into $DATA_DIR/encryption-key)
  DATABASE_URL              a Postgres of your own for read models
  EVENTSTORE_URL            an event store of your own (schema "eventstore" of DATABASE_URL)
  EVENTSTORE_PREFIX         names this installation's part of servers that it shares with others (none)
  INSTALLATION_ID           a UUID (generated into $DATA_DIR/installation-id)
  NATS_URL                  a nats-server of your own
  NATS_SERVER_BIN           a nats-server program of your own
  BACKGROUND_NICE           0 to 19: by how much all but gateway, admin API and Postgres yield the processor (10)
  LOG_LEVEL, LOG_FORMAT     info; text on a terminal, else json

.env.example lists the rest.
`;
