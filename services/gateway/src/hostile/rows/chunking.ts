import { chunked, framed } from '../bytes.ts';
import { accepted, badRequest, headersTooLarge, type Row, row, tooLarge, unfinished } from '../row.ts';

const chunks = (name: string, wire: string, ...answers: Row['answers']): Row =>
  row(name, (to) => chunked(to, wire), ...answers);
const coding = (name: string, lines: readonly string[], ...answers: Row['answers']): Row =>
  row(name, (to) => framed(to, lines, '2\r\n{}\r\n0\r\n\r\n'), ...answers);

const end = '0\r\n\r\n';
const good = `2\r\n{}\r\n${end}`;
const atLimit = 'x'.repeat(262_144);

export const chunking: readonly Row[] = [
  chunks('one chunk', good, accepted()),
  chunks('only the last chunk', end, accepted('')),
  chunks('one chunk per byte', `1\r\n{\r\n1\r\n}\r\n${end}`, accepted()),
  chunks('a size in upper case', `A\r\n0123456789\r\n${end}`, accepted('0123456789')),
  chunks('a size in lower case', `a\r\n0123456789\r\n${end}`, accepted('0123456789')),
  chunks('leading zeros before the size', `00000002\r\n{}\r\n0000\r\n\r\n`, accepted()),
  chunks('more leading zeros than any number needs', `${'0'.repeat(100)}2\r\n{}\r\n${end}`, accepted()),
  chunks('line ends as data', `4\r\n\r\n\r\n\r\n${end}`, accepted('\r\n\r\n')),
  chunks('a last chunk as data', `5\r\n0\r\n\r\n\r\n${end}`, accepted('0\r\n\r\n')),
  chunks('an extension', `2;a=b\r\n{}\r\n${end}`, accepted()),
  chunks('an extension without value', `2;a\r\n{}\r\n0;b\r\n\r\n`, accepted()),
  chunks('an extension in quotes', `2;a="b c"\r\n{}\r\n${end}`, accepted()),
  chunks('an extension with an open quote', `2;a="b\r\n{}\r\n${end}`, badRequest),
  chunks('an extension with a line feed', `2;a\n{}\r\n${end}`, badRequest),
  chunks('an extension with a NUL', `2;a=\0\r\n{}\r\n${end}`, badRequest),
  chunks('an extension of 20,000 characters', `2;${'a'.repeat(20_000)}\r\n{}\r\n${end}`, badRequest),
  chunks('a trailer', '2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n', accepted()),
  chunks('a trailer that is a signature', '2\r\n{}\r\n0\r\nX-Hub-Signature-256: x\r\n\r\n', accepted()),
  chunks('a trailer that is a length', '2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n', badRequest),
  chunks('a trailer that is a coding', '2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n', badRequest),
  chunks('a trailer without colon', '2\r\n{}\r\n0\r\nX\r\n\r\n', badRequest),
  chunks(
    'a trailer of 20,000 characters',
    `2\r\n{}\r\n0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    headersTooLarge,
  ),
  chunks('a hexadecimal prefix', `0x2\r\n{}\r\n${end}`, badRequest),
  chunks('a plus', `+2\r\n{}\r\n${end}`, badRequest),
  chunks('a minus', `-2\r\n{}\r\n${end}`, badRequest),
  chunks('a space before the size', ` 2\r\n{}\r\n${end}`, badRequest),
  chunks('a space after the size', `2 \r\n{}\r\n${end}`, badRequest),
  chunks('a tab after the size', `2\t\r\n{}\r\n${end}`, badRequest),
  chunks('no size', `\r\n{}\r\n${end}`, badRequest),
  chunks('a size of letters', `zz\r\n{}\r\n${end}`, badRequest),
  chunks('a fraction', `2.0\r\n{}\r\n${end}`, badRequest),
  chunks('an underscore', `0_2\r\n{}\r\n${end}`, badRequest),
  chunks('2^64 + 2, which wraps to 2', `10000000000000002\r\n{}\r\n${end}`, badRequest),
  chunks('2^68, which wraps to 0', `100000000000000000\r\n\r\n`, badRequest),
  unfinished(chunks('2^32 + 2, which wraps to 2', `100000002\r\n{}\r\n${end}`, badRequest)),
  unfinished(chunks('2^63, which is negative', `8000000000000000\r\n{}\r\n${end}`, badRequest)),
  chunks('a bare line feed after the size', `2\n{}\r\n${end}`, badRequest),
  chunks('bare line feeds', '2\n{}\n0\n\n', badRequest),
  chunks('a bare carriage return', `2\r{}\r\n${end}`, badRequest),
  chunks('no line end after the data', `2\r\n{}${end}`, badRequest),
  chunks('a bare line feed after the data', `2\r\n{}\n${end}`, badRequest),
  chunks('data longer than its size', `1\r\n{}\r\n${end}`, badRequest),
  chunks('data shorter than its size', `3\r\n{}\r\n${end}`, badRequest),
  unfinished(chunks('no last chunk', '2\r\n{}\r\n', badRequest)),
  unfinished(chunks('no final line', '2\r\n{}\r\n0\r\n', badRequest)),
  chunks('garbage after the last chunk', `${good}\0`, accepted(), badRequest),
  chunks('a second last chunk', `${good}${end}`, accepted(), badRequest),
  chunks('at the limit', `40000\r\n${atLimit}\r\n${end}`, accepted(atLimit)),
  chunks('one over the limit', `40000\r\n${atLimit}\r\n1\r\nx\r\n${end}`, tooLarge),
  coding('coding in upper case', ['Transfer-Encoding: CHUNKED'], accepted()),
  coding('coding twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], badRequest),
  coding('coding twice in a list', ['Transfer-Encoding: chunked, chunked'], badRequest),
  coding('gzip before chunked', ['Transfer-Encoding: gzip, chunked'], badRequest),
  coding('chunked before gzip', ['Transfer-Encoding: chunked, gzip'], badRequest),
  coding('identity', ['Transfer-Encoding: identity'], badRequest),
  coding('identity before chunked', ['Transfer-Encoding: identity, chunked'], badRequest),
  coding('an unknown coding', ['Transfer-Encoding: cow'], badRequest),
  coding('an empty coding', ['Transfer-Encoding:'], badRequest),
  coding('a list with an empty entry', ['Transfer-Encoding: , chunked'], badRequest),
];
