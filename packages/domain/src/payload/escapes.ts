import { endOfString } from '@mission-control/contracts';

/**
 * Escapes for external text in everything that agents read: board memory, the agent API, and messages that go through an OpenClaw
 * gateway.
 *
 * An OpenClaw gateway looks for its own syntax anywhere in a message, and acts on it with the authority of the connection. A model's
 * tokenizer may do the same with the tokens of its chat template. So everything below is written as an escape that neither kind of parser
 * treats as the original: a slash gets a backslash, other characters become `\uXXXX`. Both are valid in JSON strings and can be undone.
 *
 * The OpenClaw gateway's syntax was taken from `openclaw` 2026.9.6.
 */

/**
 * Characters that are invisible or change how others are shown. They are selected by Unicode property, so that a new version of Unicode
 * adds its own. U+2800 (an empty Braille cell) and U+1D159 (an empty note head) are listed because Unicode calls them symbols, although
 * they are invisible.
 */
const hidden = String.raw`[[\p{Cc}--[\t\n]]\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}[\p{Zs}--[\x20]]\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\u{2800}\u{1d159}]`;

/** `<` and characters that may be read as `<`. */
const angle = String.raw`[<\u{ff1c}\u{fe64}\u{2c2}\u{2039}\u{ab}\u{2329}\u{3008}\u{27e8}\u{276c}\u{276e}\u{300a}\u{27ea}\u{27ec}\u{27ee}]`;
const bar = String.raw`[\|\u{ff5c}\u{ffe8}\u{2502}\u{a6}]`;
const slashes = String.raw`[\/\\]*`;

/** Names of tokens without an underscore. Any name with an underscore counts as a token. */
const bareNames =
  's|bos|eos|pad|unk|mask|cls|sep|sop|eop|eot|eom|think|thinking|tool|tools|system|user|assistant|human|inst|sys|unused\\d*|reserved\\d*|0x[0-9a-f]{2}';
const bracketNames =
  'inst|sys|system(?:\\s*message)?|assistant|user|human|internal|bos|eos|pad|unk|cls|sep|mask|gmask|smask';
/** The first loop stops at the first underscore. If both loops could match underscores, a long run of them would take quadratic time. */
const underscored = String.raw`[\w--_]*_\w*`;

/** The first character of anything that an OpenClaw gateway or a tokenizer would act on. */
const openers = [
  // <|im_start|> and variants with other brackets and bars
  `${angle}(?=${bar})`,
  // <s>, <start_of_turn>, and </s> with a slash
  String.raw`${angle}(?=${slashes}(?:${underscored}|${bareNames})\s*${slashes}[>\u{ff1e}])`,
  // <<SYS>>, and OpenClaw's own marker <<<EXTERNAL_UNTRUSTED_CONTENT …>>>
  String.raw`(?<=${angle})${angle}(?=${slashes}\p{L})`,
  String.raw`(?<=${angle}{2})${angle}(?=\s*\p{L})`,
  // [INST], [TOOL_CALLS], [System Message]
  String.raw`\[(?=${slashes}(?:${underscored}|${bracketNames})\s*\])`,
  // [[reply_to: …]], [[audio_as_voice]], [[tts: …]]
  String.raw`\[(?=\[\s*${slashes}\p{L})`,
  // The marker of OpenClaw's own context blocks, which it removes: the word openclaw in white square brackets
  String.raw`[\u{27e6}\u{301a}](?=\p{L})`,
  // $name makes the OpenClaw gateway prepend the instructions of the skill with that name. Amounts such as $5 are not escaped.
  String.raw`[\$\u{ff04}\u{fe69}](?=[\p{L}\p{N}_:\-]*\p{L})`,
  // ~/image.png and ~image.png: the OpenClaw gateway attaches the local file. Other paths begin with a slash, a dot and a slash, or a drive.
  // White space other than these three characters does not protect a tilde, because its escape would be part of the path.
  String.raw`~(?=[^\t\n\x20])`,
  // A fullwidth slash, which some software normalises to a slash.
  String.raw`\u{ff0f}`,
];

const inJson = new RegExp([hidden, ...openers, String.raw`(?<!(?<!\\)(?:\\\\)*\\)\/`].join('|'), 'giv');
const inText = new RegExp(
  // A backslash that looks like the beginning of one of our escapes is escaped itself, so that every escape has one meaning.
  [hidden, ...openers, String.raw`\/`, String.raw`\\(?=u[0-9a-f]{4})`].join('|'),
  'giv',
);

/**
 * The colon of C:\image.png, which the OpenClaw gateway attaches as well. This is searched for in the escaped text, because every escape
 * begins with a backslash: `c:$a.png` becomes a path when its dollar sign is escaped. A drive is a letter that does not follow a letter or
 * digit. The `n` of a written `\n` does not count, because the OpenClaw gateway replaces `\n` with a space.
 */
const driveColon = /(?<=(?:(?<![\p{L}\p{N}])|(?<=\\n))[a-z]):(?=\\)/giv;

const asEscape = (found: string): string => {
  if (found === '/') return '\\/';
  let escaped = '';
  for (let i = 0; i < found.length; i += 1) {
    escaped += `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return escaped;
};

/** Slashes, and the beginning of what looks like one of our escapes: all that can be active in a text that is not unusual. */
const slashInText = /\/|\\(?=u[0-9a-f]{4})/gi;
/** The first characters of everything else. Previews write an ellipsis (U+2026) for what they leave out. */
const opener = /[^\t\n\x20-#%-;=-Z\\-}\u2026]/g;

/**
 * Whether more than slashes may be active in a text. A bracket before the end of a line or a closing bracket only begins an array. Most
 * texts are not unusual, and searching them for the rest costs ten times as much.
 */
const isUnusual = (text: string): boolean => {
  for (opener.lastIndex = 0; opener.test(text); ) {
    const next = text.charCodeAt(opener.lastIndex);
    const isArray = text[opener.lastIndex - 1] === '[' && (next === 0x0a || next === 0x5d);
    if (!isArray) return true;
  }
  return false;
};

/** Escapes the slashes of a JSON text, except those after an odd number of backslashes: these are escaped. */
const slashesInJson = (json: string): string => {
  if (!json.includes('/')) return json;
  if (!json.includes('\\')) return json.replaceAll('/', '\\/');
  let escaped = '';
  let end = 0;
  for (let at = json.indexOf('/'); at !== -1; at = json.indexOf('/', at + 1)) {
    let before = at;
    while (before > 0 && json.charCodeAt(before - 1) === 0x5c) before -= 1;
    if ((at - before) % 2 === 1) continue;
    escaped += `${json.slice(end, at)}\\`;
    end = at;
  }
  return escaped + json.slice(end);
};

const slashesInText = (text: string): string =>
  text.includes('\\')
    ? text.replace(slashInText, asEscape)
    : text.includes('/')
      ? text.replaceAll('/', '\\/')
      : text;

const escapeAll = (text: string, active: RegExp, slashes: (text: string) => string): string => {
  const escaped = isUnusual(text) ? text.replace(active, asEscape) : slashes(text);
  return mayHaveDrive(escaped) ? escaped.replace(driveColon, asEscape) : escaped;
};

const isAsciiLetterOrDigit = (unit: number): boolean =>
  (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a);

/** Whether there may be a `driveColon`. Most colons before backslashes are those of links, which have more than one letter before them. */
const mayHaveDrive = (escaped: string): boolean => {
  for (let colon = escaped.indexOf(':\\'); colon !== -1; colon = escaped.indexOf(':\\', colon + 2)) {
    const before = escaped.charCodeAt(colon - 2);
    // An `n`, in any case, may be that of a written line break.
    if (!isAsciiLetterOrDigit(before) || before === 0x6e || before === 0x4e) return true;
  }
  return false;
};

/** Escapes an indented JSON text, in which no two structural brackets are adjacent. The value of the JSON stays the same. */
export const escapeJson = (json: string): string => escapeAll(json, inJson, slashesInJson);

/**
 * Escapes the strings and member names of any JSON text and leaves the rest unchanged. The value of the JSON stays the same. Each string is
 * escaped independently of its neighbours, so a whole response may be escaped at once.
 */
export const escapeJsonStrings = (json: string): string => {
  let out = '';
  let end = 0;
  for (let start = json.indexOf('"'); start !== -1; start = json.indexOf('"', end)) {
    const between = json.slice(end, start);
    end = endOfString(json, start);
    out += between + escapeJson(json.slice(start, end));
  }
  return out + json.slice(end);
};

/**
 * Escapes any other text. To undo it, read from left to right: `\/` is a slash, `\uXXXX` is that UTF-16 unit, and every other character
 * is itself.
 */
export const escapeText = (text: string): string => escapeAll(text, inText, slashesInText);

/**
 * Escapes a text that another line follows. What an OpenClaw gateway acts on may go on there: it reads `[[` at the end of a line and a word
 * on the next one as the beginning of a tag.
 */
export const escapeParagraph = (text: string): string =>
  escapeText(text + nextLine).slice(0, -nextLine.length);
/** Neither of its characters is ever escaped. */
const nextLine = '\nx';

const pair = String.raw`\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}`;
const unit = String.raw`\\u[0-9a-f]{4}`;

/** Characters of one UTF-16 unit each. A cut may be between any two of them. */
const plain = String.raw`[^\\\u{10000}-\u{10ffff}]+`;

/** Units that a cut must not split, and runs of plain characters. In JSON, a backslash always belongs to the character after it. */
const jsonPieces = new RegExp(`${plain}|${pair}|${unit}|\\\\.|.`, 'gisu');
const textPieces = new RegExp(`${plain}|${pair}|${unit}|\\\\\\/|.`, 'gisu');
const isPlain = new RegExp(`^${plain}`, 'u');

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** The beginning of an escaped text: as many whole characters and escapes as fit into `length` UTF-16 units. */
export const cutEscaped = (escaped: string, length: number, kind: 'json' | 'text'): string => {
  if (escaped.length <= length) return escaped;
  const backslash = escaped.indexOf('\\');
  if (backslash === -1 || backslash >= length) {
    const isInPair =
      isHighSurrogate(escaped.charCodeAt(length - 1)) && isLowSurrogate(escaped.charCodeAt(length));
    return escaped.slice(0, isInPair ? length - 1 : length);
  }
  let end = 0;
  for (const { 0: piece } of escaped.matchAll(kind === 'json' ? jsonPieces : textPieces)) {
    if (end + piece.length > length) {
      if (isPlain.test(piece)) end = length;
      break;
    }
    end += piece.length;
  }
  return escaped.slice(0, end);
};
