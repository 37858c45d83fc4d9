import { createInterface } from 'node:readline';
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/**
 * What JetStream does with messages of the size of a reference and nothing else: publishes them, consumes them and acknowledges them, in
 * its own process: `node bare-jetstream.js <nats url>`. Each line `<amount>` on standard input starts one run, which is answered with the
 * line `rate <messages per second>`.
 */
const [natsUrl = ''] = process.argv.slice(2);
const { host, username: user, password: pass } = new URL(natsUrl);
const connection = await connect({ servers: host, user, pass });
const manager = await jetstreamManager(connection);
const client = jetstream(connection);
const stream = 'BENCH';
const reference = 'x'.repeat(420);
/** Like the relay. */
const window = 256;

await manager.streams.add({
  name: stream,
  subjects: ['bench'],
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
});
await manager.consumers.add(stream, {
  durable_name: stream,
  ack_policy: AckPolicy.Explicit,
  max_ack_pending: 100_000,
});

const publish = async (amount: number): Promise<void> => {
  for (let done = 0; done < amount; done += window) {
    const batch = Array.from({ length: Math.min(window, amount - done) }, () =>
      client.publish('bench', reference, { expect: { streamName: stream } }),
    );
    await Promise.all(batch);
  }
};

const consume = async (amount: number): Promise<void> => {
  const consumer = await client.consumers.get(stream, stream);
  const messages = await consumer.consume({ max_messages: 500 });
  let left = amount;
  for await (const message of messages) {
    left -= 1;
    if (left > 0) message.ack();
    else {
      await message.ackAck();
      break;
    }
  }
  await messages.close();
};

process.stdout.write(`ready nats-server ${connection.info?.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const amount = Number(line);
  const startedAt = performance.now();
  await Promise.all([publish(amount), consume(amount)]);
  process.stdout.write(`rate ${(amount * 1000) / (performance.now() - startedAt)}\n`);
}
await connection.close();
