export interface OddBody {
  readonly name: string;
  readonly bytes: Buffer;
  readonly encoding: 'json' | 'text' | 'base64';
  /** The JSON text that the API shows for it. */
  readonly shown: string;
}

const json = (name: string, text: string, shown = text): OddBody => ({
  name,
  bytes: Buffer.from(text),
  encoding: 'json',
  shown,
});
const text = (name: string, body: string): OddBody => ({
  name,
  bytes: Buffer.from(body),
  encoding: 'text',
  shown: JSON.stringify(body),
});
const binary = (name: string, bytes: Buffer): OddBody => ({
  name,
  bytes,
  encoding: 'base64',
  shown: JSON.stringify(bytes.toString('base64')),
});
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Bodies that real senders have sent, and bodies that no sender should send. */
export const oddBodies: readonly OddBody[] = [
  json('nothing', '', '{}'),
  json('integers beyond 2^53', '{"id":9007199254740993,"more":[12345678901234567890]}'),
  json('long decimals and odd exponents', '[1.10,0.1000000000000000055511151231257827,1E400,-0]'),
  json('a key twice', '{"a":1,"a":2}'),
  json('a prototype', '{"__proto__":{"admin":true},"constructor":{"prototype":1}}'),
  json('an escaped NUL', '{"a":"\\u0000"}'),
  json('half a surrogate pair', '{"a":"\\ud800","b":"\\udfff x"}'),
  json('a byte order mark', '\ufeff{"a":1}', '{"a":1}'),
  json('white space around', ' \r\n\t[1, 2]\n', '[1, 2]'),
  json('a bare string', '"text"'),
  json('128 levels', nested(128)),
  text('129 levels', nested(129)),
  text('100,000 levels', nested(100_000)),
  text('several documents', '{"a":1}\n{"a":2}\n'),
  text('a form', 'payload=%7B%22a%22%3A1%7D&b=%00'),
  text('XML', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
  text('a page', '<script>fetch("/")</script>'),
  text('a literal NUL', 'a\u0000b'),
  text('control and bidirectional characters', '\u001b[2J\u202e\u2066'),
  text('white space only', ' \n'),
  text('almost JSON', "{'a': NaN}"),
  {
    name: 'UTF-16',
    bytes: Buffer.from([0xff, 0xfe, 0x00, 0x80]),
    encoding: 'text',
    shown: JSON.stringify('\u8000'),
  },
  binary('neither UTF-8 nor UTF-16', Buffer.from([0xff, 0xfd, 0x00, 0x80])),
  binary('a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
  binary('a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')),
  binary('compressed', Buffer.from('1f8b0800000000000003abae050043bfa6a302000000', 'hex')),
];
