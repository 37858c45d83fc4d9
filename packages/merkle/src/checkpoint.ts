import { hashLength } from './hashes.ts';
import { MalformedNote, parseNote, type SignedNote } from './signed-note.ts';

/** What a signed checkpoint says (https://c2sp.org/tlog-checkpoint): the log of this name has so many leaves and this root. */
export interface TreeHead {
  /** The name of the log. It is the name of the key as well. */
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** The name of an installation's Merkle log. */
export const originOf = (installationId: string): string => `mission-control-webhooks/${installationId}`;

/** The text that is signed. */
export const checkpointText = ({ origin, size, root }: TreeHead): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`;

/**
 * Reads a signed checkpoint; its signatures are not checked. Further lines of the text are ignored, as the format requires.
 *
 * @throws MalformedNote
 */
export const parseCheckpoint = (note: string): TreeHead & { readonly note: SignedNote } => {
  const parsed = parseNote(note);
  const [origin = '', digits = '', encoded = ''] = parsed.text.split('\n');
  const [size, root] = [Number(digits), Buffer.from(encoded, 'base64')];
  if (
    origin === '' ||
    !/^(0|[1-9]\d*)$/.test(digits) ||
    !Number.isSafeInteger(size) ||
    root.length !== hashLength
  )
    throw new MalformedNote('it is not a checkpoint of a log (https://c2sp.org/tlog-checkpoint)');
  return { origin, size, root, note: parsed };
};
