import { tokensOf } from '../json-pointer.ts';

/** One place where an event type, or a part of it, is read. */
export type EventTypePart =
  | { readonly from: 'header' /** Lower case. */; readonly name: string }
  | { readonly from: 'body' /** Of a JSON pointer. */; readonly tokens: readonly string[] }
  | { readonly from: 'form'; readonly field: string };

/** Why a text is no setting. */
export interface EventTypeFault {
  /** Of the first character that does not fit, from 1. */
  readonly position: number;
  /** Continues "At character 7 ". */
  readonly fault: string;
}

export interface EventTypeSetting {
  /** The text to store: header names are in lower case. */
  readonly text: string;
  /** Empty for `scheme` and `off`. */
  readonly parts: readonly EventTypePart[];
}

const longestSetting = 300;
const mostParts = 5;

/** The parts of a setting; none if the text is no setting. */
export const partsOfSetting = (text: string): readonly EventTypePart[] => {
  const setting = parseEventTypeSetting(text);
  return 'fault' in setting ? [] : setting.parts;
};

/** A `+` that is followed by a word and a colon. Pointers and fields may have other ones in them. */
const betweenParts = /\+(?=[a-z]+:)/;
/** RFC 9110, 5.6.2. */
const notInHeaderName = /[^!#$%&'*+.^_`|~0-9a-z-]/i;
const notPrintable = /\p{C}/u;
const badEscape = /~(?![01])/;

/**
 * Reads the setting `event_type`: `scheme` (where the senders of the signature scheme say what happened), `off`, or parts joined by `+`:
 * `header:<name>`, `body:<JSON pointer>` and `form:<field>`.
 */
export const parseEventTypeSetting = (given: string): EventTypeSetting | EventTypeFault => {
  if (given === 'scheme' || given === 'off') return { text: given, parts: [] };
  if (given.length > longestSetting) {
    return { position: longestSetting + 1, fault: `it is longer than ${longestSetting} characters.` };
  }
  const control = given.search(notPrintable);
  if (control >= 0) return { position: control + 1, fault: 'is a character that cannot be printed.' };
  const parts: EventTypePart[] = [];
  const texts: string[] = [];
  let offset = 0;
  for (const text of given.split(betweenParts)) {
    const part =
      parts.length < mostParts
        ? partOf(text)
        : faultAt(0, `a part too many begins: ${mostParts} are allowed.`);
    if ('fault' in part) return { position: offset + part.position, fault: part.fault };
    parts.push(part);
    texts.push(part.from === 'header' ? `header:${part.name}` : text);
    offset += text.length + 1;
  }
  return { text: texts.join('+'), parts };
};

const partOf = (text: string): EventTypePart | EventTypeFault => {
  const [kind = '', value] = split(text);
  switch (kind) {
    case 'header:':
      return headerPart(value, kind.length);
    case 'body:':
      return bodyPart(value, kind.length);
    case 'form:':
      return value === ''
        ? faultAt(kind.length, 'the name of a field is missing.')
        : { from: 'form', field: value };
    default:
      return faultAt(0, 'one of header:, body:/ and form: must begin, or the whole must be scheme or off.');
  }
};

const headerPart = (name: string, offset: number): EventTypePart | EventTypeFault => {
  if (name === '') return faultAt(offset, 'the name of a header is missing.');
  const wrong = name.search(notInHeaderName);
  return wrong < 0
    ? { from: 'header', name: name.toLowerCase() }
    : faultAt(offset + wrong, 'is something that the name of a header cannot contain.');
};

const bodyPart = (pointer: string, offset: number): EventTypePart | EventTypeFault => {
  if (!pointer.startsWith('/')) return faultAt(offset, 'a JSON pointer must begin, with a slash.');
  const tokens = tokensOf(pointer);
  return tokens
    ? { from: 'body', tokens }
    : faultAt(offset + pointer.search(badEscape), 'a ~ is followed by neither 0 nor 1.');
};

const split = (text: string): readonly [kind: string, value: string] => {
  const colon = text.indexOf(':') + 1;
  return [text.slice(0, colon), text.slice(colon)];
};

const faultAt = (offset: number, fault: string): EventTypeFault => ({ position: offset + 1, fault });
