import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { parseReceipt, type Receipt, signingKeyIdOf } from '@mission-control/contracts';
import { Argument, type Command, Option } from 'commander';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { bytesOf, contentOf } from '../input/files.ts';
import { detailsOf } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import { calling, type Session } from '../session.ts';

interface VerifyOptions {
  readonly body?: string;
  readonly key?: string;
}

export const addReceipts = (program: Command, context: Context): void => {
  const receipts = program.command('receipts').description('verifies receipts that senders were given');
  calling(
    receipts
      .command('verify')
      .description('verifies the signature of a receipt, and shows what it states; needs no token')
      .addArgument(new Argument('<file>', 'a file with the value of X-Payload-Receipt; - for standard input'))
      .option('--body <file>', 'also compare this file with the body that the receipt is for')
      .option('--key <file>', 'a public key in PEM, instead of the one that the system publishes')
      .addOption(new Option('--json', 'print the result as JSON')),
    context,
    ['receipts verify receipt.txt --body body.json', 'receipts verify receipt.txt --key key.pem --json'],
    async (session, options: VerifyOptions, file = '') => {
      const receipt = await receiptIn(context, file);
      const key = await keyOf(session, receipt, options);
      if (!verify(null, receipt.signed, key, receipt.signature))
        throw new CommandFailed(
          'failed',
          'receipt_invalid',
          'The signature does not match: the receipt was not given by this installation, or was changed.',
        );
      if (options.body !== undefined) await requireBody(context, receipt, options.body);
      const result = { verified: true, key_id: receipt.keyId, ...receipt.claims };
      await writeText(
        context,
        session.json ? `${JSON.stringify(result)}\n` : detailsOf(Object.entries(result)),
      );
    },
  );
};

/** With or without the name of the header before it, as `curl -D` writes it. */
const receiptIn = async (context: Context, file: string): Promise<Receipt> => {
  const text = (await contentOf(context, file)).trim().replace(/^x-payload-receipt:\s*/i, '');
  const receipt = parseReceipt(text);
  if (receipt) return receipt;
  throw new CommandFailed('usage', 'not_a_receipt', `${file} does not contain a receipt.`);
};

/** @throws CommandFailed when there is no such key, or another one has its id */
const keyOf = async (
  { client, context }: Session,
  { keyId }: Receipt,
  { key: file }: VerifyOptions,
): Promise<KeyObject> => {
  const ids = { key_id: keyId };
  const pem =
    file === undefined
      ? await client.bodyOf(await client.open(routes.showReceiptKey, { ids }))
      : await contentOf(context, file);
  const key = publicKeyIn(pem);
  if (key === null)
    throw new CommandFailed(
      'usage',
      'not_a_key',
      `${file ?? 'The answer'} is not an Ed25519 public key in PEM.`,
    );
  if (signingKeyIdOf(key) === keyId) return key;
  throw new CommandFailed(
    'failed',
    'wrong_key',
    `The receipt was signed with the key ${keyId}; this is ${signingKeyIdOf(key)}.`,
  );
};

const publicKeyIn = (pem: string): KeyObject | null => {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
};

const requireBody = async (context: Context, { claims }: Receipt, file: string): Promise<void> => {
  const sha256 = hash('sha256', await bytesOf(context, file), 'hex');
  if (sha256 === claims.sha256) return;
  throw new CommandFailed(
    'failed',
    'other_body',
    `The receipt is for a body with the SHA-256 ${claims.sha256}; that of ${file} is ${sha256}.`,
  );
};
