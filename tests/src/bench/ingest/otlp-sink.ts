import { startOtlpReceiver } from '../../telemetry/otlp-receiver.ts';

/** Receives telemetry in its own process, so that it does not share a thread with what is measured. Prints its URL, and on SIGTERM how many requests it has received. */
const receiver = await startOtlpReceiver();
process.stdout.write(`${receiver.url}\n`);
process.once('SIGTERM', () => {
  process.stdout.write(`received ${receiver.requests()}\n`);
  void receiver.stop().then(() => process.exit(0));
});
