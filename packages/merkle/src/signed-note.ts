import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';

/** A text that some keys have signed, in the format of https://c2sp.org/signed-note: everyone can read it. */
export interface SignedNote {
  /** Ends in a line break. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

interface NoteSignature {
  /** Of the key. */
  readonly name: string;
  /** Eight hexadecimal digits; not unique. */
  readonly keyId: string;
  readonly signature: Buffer;
}

/** An Ed25519 key and the name by which notes mention it. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: KeyObject;
}

const ed25519 = 1;
const isKeyName = (name: string): boolean => name !== '' && !/[\s+]/u.test(name) && name.isWellFormed();

/** The 32 bytes of an Ed25519 key. */
const rawKeyOf = (publicKey: KeyObject): Buffer =>
  Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url');

const keyIdOf = ({ name, publicKey }: NoteKey): Buffer =>
  hash(
    'sha256',
    Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ed25519), rawKeyOf(publicKey)]),
    'buffer',
  ).subarray(0, 4);

/** The key as verifiers take it: `<name>+<key id>+<base64>`. */
export const verifierKeyOf = (key: NoteKey): string =>
  `${key.name}+${keyIdOf(key).toString('hex')}+${Buffer.concat([Buffer.of(ed25519), rawKeyOf(key.publicKey)]).toString('base64')}`;

/** @throws MalformedNote when it is not a verifier key for Ed25519 */
export const parseVerifierKey = (text: string): NoteKey => {
  const [, name = '', keyId = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (!isKeyName(name) || bytes.length !== 33 || bytes[0] !== ed25519)
    throw new MalformedNote('it is not a verifier key for Ed25519 (<name>+<key id>+<base64>)');
  const x = bytes.subarray(1).toString('base64url');
  const key = { name, publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
  if (keyIdOf(key).toString('hex') !== keyId)
    throw new MalformedNote('the id in the key is not that of the key');
  return key;
};

/**
 * @param text ends in a line break
 * @param sign returns the Ed25519 signature of the bytes
 * @returns the signed note
 */
export const signNote = async (
  text: string,
  key: NoteKey,
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<string> => {
  if (!isKeyName(key.name)) throw new MalformedNote('the name of a key has no blanks and no +');
  const signature = Buffer.concat([keyIdOf(key), await sign(Buffer.from(text))]).toString('base64');
  return `${text}\n— ${key.name} ${signature}\n`;
};

/** @throws MalformedNote */
export const parseNote = (note: string): SignedNote => {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new MalformedNote('it is not a signed note');
  const lines = note.slice(end + 2, -1).split('\n');
  const signatures = lines.map((line) => {
    const [, name = '', encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/u.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.length <= 4) throw new MalformedNote('a line after the text is not a signature');
    return { name, keyId: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
};

/** Whether the key has signed the note. Signatures of other keys do not count. */
export const isSignedBy = ({ text, signatures }: SignedNote, key: NoteKey): boolean => {
  const keyId = keyIdOf(key).toString('hex');
  const own = signatures.filter((one) => one.name === key.name && one.keyId === keyId);
  return (
    own.length > 0 && own.every(({ signature }) => verify(null, Buffer.from(text), key.publicKey, signature))
  );
};

export class MalformedNote extends Error {
  readonly code = 'malformed_note';

  constructor(why: string) {
    super(why);
    this.name = 'MalformedNote';
  }
}
