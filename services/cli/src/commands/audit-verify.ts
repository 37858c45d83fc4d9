import { createReadStream } from 'node:fs';
import {
  isSignedBy,
  MalformedNote,
  type NoteKey,
  parseCheckpoint,
  parseVerifierKey,
} from '@mission-control/merkle';
import { type Command, Option } from 'commander';
import { type ExportedEvent, NotExported, parseAsWritten, parseExported } from '../audit/exported-event.ts';
import { type Anchor, HistoryVerifier, type Verification } from '../audit/history-verifier.ts';
import { CommandFailed } from '../command-failed.ts';
import { type Context, pathOf } from '../context.ts';
import { contentOf } from '../input/files.ts';
import { linesOf } from '../input/lines.ts';
import { jsonDocument } from '../output/list.ts';
import { detailsOf } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import { showExamples } from '../session.ts';

interface VerifyOptions {
  readonly anchor?: string;
  readonly key?: string;
  readonly json?: true;
}

export const addAuditVerify = (audit: Command, context: Context): void => {
  const command = audit
    .command('verify')
    .description(
      'verifies a complete export, without the system: finds what was altered, removed, added or moved',
    )
    .argument('<export>', 'file that mcw audit export has written')
    .addOption(
      new Option(
        '--anchor <file>',
        'signed checkpoint that was kept elsewhere: shows whether the tail was cut',
      ),
    )
    .addOption(new Option('--key <key>', "the installation's verifier key: verifies the signatures as well"))
    .addOption(jsonDocument());
  showExamples(command, [
    'audit verify export.ndjson --anchor checkpoint.txt',
    'audit verify export.ndjson --anchor checkpoint.txt --key "mission-control-webhooks/<id>+1a2b3c4d+AQID" --json',
  ]);
  command.action(async (path: string, options: VerifyOptions) => {
    const key = options.key === undefined ? null : keyIn(options.key);
    const anchor = options.anchor === undefined ? null : await anchorIn(context, options.anchor, key);
    const verification = await verify(context, path, anchor, key);
    const answer = answerOf(verification, anchor, key);
    await writeText(
      context,
      options.json ? `${JSON.stringify(answer)}\n` : detailsOf(Object.entries(answer).flatMap(rowsOf)),
    );
    if (verification.fault)
      throw new CommandFailed('failed', `history_${verification.fault.kind}`, verification.fault.detail);
  });
};

/** A member of the answer, or the members of an object in it. */
const rowsOf = ([name, value]: [string, unknown]): [string, unknown][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([inner, member]) => [`${name}.${inner}`, member])
    : [[name, value]];

const keyIn = (text: string): NoteKey => {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    throw new CommandFailed('usage', 'bad_key', (error as Error).message);
  }
};

const anchorIn = async (context: Context, path: string, key: NoteKey | null): Promise<Anchor> => {
  const text = await contentOf(context, path);
  try {
    const head = parseCheckpoint(text);
    if (key && !isSignedBy(head.note, key))
      throw new CommandFailed('failed', 'anchor_not_signed', `${path} is not signed by the key.`);
    return head;
  } catch (error) {
    if (error instanceof MalformedNote)
      throw new CommandFailed('usage', 'bad_anchor', `${path}: ${error.message}.`);
    throw error;
  }
};

/** Events that say what is sealed, and what was hidden or left out. */
const isContentNeeded = ({ stream, type }: { stream: string; type: string }): boolean =>
  stream === 'merkle' || stream === 'audit' || type === 'WebhookPayloadErasureCompleted';

interface Ranged extends Verification {
  /** Positions of the first and the last event; null: no line is one. */
  readonly from: string | null;
  readonly to: string;
}

/** Most exports are as the system has written them, which takes half the time. Only if something seems to be wrong, it is read again. */
const verify = async (
  context: Context,
  path: string,
  anchor: Anchor | null,
  key: NoteKey | null,
): Promise<Ranged> => {
  const verifier = () => new HistoryVerifier(anchor ? [anchor] : [], key);
  const first = verifier();
  const asWritten = (line: string) => parseAsWritten(line, isContentNeeded);
  const quick = await verifyLines(context, path, {
    verifier: first,
    parse: asWritten,
    isEnough: () => first.hasFault,
  });
  if (quick.fault === null && quick.from !== null) return quick;
  const any = { parse: parseExported, isEnough: () => false };
  const thorough = await verifyLines(context, path, { verifier: verifier(), ...any });
  if (thorough.from === null) throw new CommandFailed('usage', 'bad_file', `${path} has no events.`);
  return thorough;
};

const verifyLines = async (
  context: Context,
  path: string,
  {
    verifier,
    parse,
    isEnough,
  }: {
    readonly verifier: HistoryVerifier;
    readonly parse: (line: string) => ExportedEvent;
    /** Whether what follows changes nothing. */
    readonly isEnough: () => boolean;
  },
): Promise<Ranged> => {
  const { signal } = context;
  const input = createReadStream(pathOf(context, path), { encoding: 'utf8', signal });
  let from: string | null = null;
  let to = '';
  let number = 0;
  const take = (line: string) => {
    number++;
    try {
      const event = parse(line);
      from ??= event.position;
      to = event.position;
      verifier.take(event);
    } catch (error) {
      if (!(error instanceof NotExported)) throw error;
      verifier.takeUnreadable(`Line ${number} cannot be read: ${error.message}.`);
    }
  };
  try {
    for await (const lines of linesOf(input)) {
      lines.forEach(take);
      if (isEnough()) break;
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'open' || syscall === 'read')
      throw new CommandFailed('usage', 'bad_file', `${path} cannot be read (${code}).`);
    throw error;
  }
  return { ...verifier.end(), from, to };
};

const answerOf = (
  { fault, from, to, leaves, hidden, alreadyHidden, unsealed, checkpoints, root }: Ranged,
  anchor: Anchor | null,
  key: NoteKey | null,
) => ({
  status: fault === null ? 'verified' : 'failed',
  fault,
  from,
  to,
  leaves,
  root: root.toString('base64'),
  hidden_removed: hidden.removed,
  hidden_bounded: hidden.bounded,
  left_out_erased: hidden.erased,
  hidden_before_sealing: alreadyHidden,
  unsealed,
  checkpoints,
  anchor: anchor ? 'compared' : 'absent: whether the tail was cut is not known',
  signatures: key ? 'verified' : 'not verified: no --key',
});
