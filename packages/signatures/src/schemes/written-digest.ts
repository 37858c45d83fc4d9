interface Form {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  readonly bytes: number;
  readonly encoding: 'hex' | 'base64';
}

/** By the number of characters, which is different for each form. Base64 is included with and without padding. */
const forms: ReadonlyMap<number, Form> = new Map([
  [40, { algorithm: 'sha1', bytes: 20, encoding: 'hex' }],
  [27, { algorithm: 'sha1', bytes: 20, encoding: 'base64' }],
  [28, { algorithm: 'sha1', bytes: 20, encoding: 'base64' }],
  [64, { algorithm: 'sha256', bytes: 32, encoding: 'hex' }],
  [43, { algorithm: 'sha256', bytes: 32, encoding: 'base64' }],
  [44, { algorithm: 'sha256', bytes: 32, encoding: 'base64' }],
  [128, { algorithm: 'sha512', bytes: 64, encoding: 'hex' }],
  [86, { algorithm: 'sha512', bytes: 64, encoding: 'base64' }],
  [88, { algorithm: 'sha512', bytes: 64, encoding: 'base64' }],
]);

const alphabets = { hex: /^[0-9a-f]+$/i, base64: /^[A-Za-z0-9+/_-]+={0,2}$/ };
const prefix = /^(sha1|sha256|sha512)=/i;

/**
 * A digest in the formats that senders use: hex, base64 or base64url, with or without its hash name and `=` before it. null: not a
 * digest, or its prefix names another hash.
 */
export const parseDigest = (
  text: string,
): { readonly algorithm: Form['algorithm']; readonly digest: Buffer } | null => {
  const named = prefix.exec(text);
  const encoded = named ? text.slice(named[0].length) : text;
  const form = forms.get(encoded.length);
  if (!form || !alphabets[form.encoding].test(encoded)) return null;
  if (named && named[1]?.toLowerCase() !== form.algorithm) return null;
  const digest = Buffer.from(encoded, form.encoding);
  return digest.length === form.bytes ? { algorithm: form.algorithm, digest } : null;
};
