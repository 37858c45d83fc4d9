import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkpointText,
  isSignedBy,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signNote,
  verifierKeyOf,
} from './index.ts';

/** The example of golang.org/x/mod/sumdb/note, from which the format of C2SP was made. */
const example = {
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note:
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};

const newKey = (name: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { key: { name, publicKey }, sign: async (bytes: Uint8Array) => sign(null, bytes, privateKey) };
};

describe('signed notes', () => {
  it('verify the published example, and not an altered one', () => {
    const key = parseVerifierKey(example.key);
    expect(isSignedBy(parseNote(example.note), key)).toBe(true);
    expect(isSignedBy(parseNote(example.note.replace('answer', 'question')), key)).toBe(false);
    expect(verifierKeyOf(key)).toBe(example.key);
  });

  it('are verified by the key that signed them alone', async () => {
    const [one, other] = [newKey('example.com/log'), newKey('example.com/log')];
    const note = await signNote('a text\n\nof two parts\n', one.key, one.sign);
    expect(parseNote(note).text).toBe('a text\n\nof two parts\n');
    expect(isSignedBy(parseNote(note), parseVerifierKey(verifierKeyOf(one.key)))).toBe(true);
    expect(isSignedBy(parseNote(note), other.key)).toBe(false);
    expect(isSignedBy(parseNote(note), { ...one.key, name: 'example.com/other' })).toBe(false);
  });

  it.each(['', 'text\n', 'text\n\n', 'text\n\nno signature\n', 'text\n\n— name x\n'])(
    'are not %j',
    (note) => {
      expect(() => parseNote(note)).toThrow(expect.objectContaining({ code: 'malformed_note' }));
    },
  );

  it.each(['', 'name', example.key.replace('c74f', 'c74e'), 'name+c74f20a3+AAAA'])(
    'have no key %j',
    (key) => {
      expect(() => parseVerifierKey(key)).toThrow(expect.objectContaining({ code: 'malformed_note' }));
    },
  );
});

describe('checkpoints', () => {
  it('say the name, the size and the root of a log', async () => {
    const { key, sign } = newKey('example.com/log');
    const head = { origin: key.name, size: 20_852_163, root: Buffer.alloc(32, 7) };
    const note = await signNote(checkpointText(head), key, sign);
    expect(note).toMatch(
      /^example\.com\/log\n20852163\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— example\.com\/log /,
    );
    expect(parseCheckpoint(note)).toMatchObject(head);
    expect(isSignedBy(parseCheckpoint(note).note, key)).toBe(true);
  });

  it('may have more lines, which are ignored', () => {
    const [text, signature] = example.note.split('\n\n') as [string, string];
    const root = Buffer.alloc(32).toString('base64');
    expect(parseCheckpoint(`log\n7\n${root}\nmore\n\n${signature}`)).toMatchObject({ size: 7 });
    for (const wrong of [text, `log\n07\n${root}`, `log\n7\nAAAA`, `\n7\n${root}`, `log\n-1\n${root}`])
      expect(() => parseCheckpoint(`${wrong}\n\n${signature}`)).toThrow('checkpoint');
  });
});
