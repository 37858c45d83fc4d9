import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { unreachable } from '../api/failures.ts';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import { type Context, pathOf } from '../context.ts';
import { numberFrom } from '../input/numbers.ts';
import { harmless, write } from '../output/write.ts';
import { calling } from '../session.ts';
import { onWebhook, type WebhookOptions, webhookIdsOf } from './scope.ts';
import { payloadArgument } from './select-payloads.ts';

interface RawOptions extends WebhookOptions {
  readonly arrival?: number;
  readonly output?: string;
}

export const addRawPayload = (payloads: Command, context: Context): void => {
  calling(
    onWebhook(
      payloads.command('raw').description('writes the body of a payload, byte for byte as it arrived'),
    )
      .addArgument(payloadArgument())
      .addOption(
        new Option('--arrival <n>', 'the body of another arrival than the first').argParser(
          numberFrom(1, 1e9),
        ),
      )
      .option('--output <file>', 'write to a file (default: standard output)'),
    context,
    ['payloads raw --board releases --webhook <webhook-id> <payload-id> | sha256sum'],
    async ({ client }, options: RawOptions, payload_id = '') => {
      const ids = { ...(await webhookIdsOf({ client }, options)), payload_id };
      const { arrival, output } = options;
      const response =
        arrival === undefined
          ? await client.open(routes.rawPayload, { ids })
          : await client.open(routes.rawArrival, { ids: { ...ids, arrival: String(arrival) } });
      const body = chunksOf(response, context.signal);
      if (output !== undefined) await toFile(body, pathOf(context, output), context.signal);
      else if (context.stdout.isTTY) await toTerminal(body, context);
      else for await (const chunk of body) await write(context.stdout, chunk, context.signal);
    },
  );
};

const chunksOf = async function* (response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk;
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(new URL(response.url).origin, `broke off its answer (${(error as Error).message})`);
  }
};

/** A file that could not be written completely is removed. */
const toFile = async (body: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal): Promise<void> => {
  try {
    await pipeline(body, createWriteStream(path), { signal });
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'open')
      throw new CommandFailed('usage', 'bad_file', `${path} cannot be written (${code}).`);
    await rm(path, { force: true });
    signal.throwIfAborted();
    if (syscall === 'write')
      throw new CommandFailed('failed', 'bad_file', `${path} cannot be written (${code}).`);
    throw error;
  }
};

/** The bytes come from outside. Bytes that are not UTF-8 are shown as U+FFFD. */
const toTerminal = async (body: AsyncIterable<Uint8Array>, { stdout, signal }: Context): Promise<void> => {
  const decoder = new TextDecoder();
  for await (const chunk of body)
    await write(stdout, harmless(decoder.decode(chunk, { stream: true })), signal);
  await write(stdout, `${harmless(decoder.decode())}\n`, signal);
};
