import { endOfString } from '@mission-control/contracts';
import { nameOf, type Wanted, wantedItem, wantedMember } from './wanted.ts';

/** A value in a JSON text, as it is written there: digits, escapes and repeated names stay what they are. */
export interface Value {
  readonly kind: 'scalar' | 'object' | 'array';
  /** Where the member's name is, with its quotes; null: it is an item, or the whole text. */
  readonly name: readonly [start: number, end: number] | null;
  readonly start: number;
  readonly end: number;
  /** How many members or items it has. */
  readonly size: number;
  /** The first of them. Those that are too deep or too many are counted only. */
  readonly inside: readonly Value[];
}

/** A value that was wanted. */
export interface Found {
  /** Of the pointer that led to it: its place among the pointers. */
  readonly rank: number;
  /** Where it is, for people: `alerts[0].labels.alertname`. */
  readonly label: string;
  readonly value: Value;
}

export interface Structure {
  readonly root: Value;
  /** By rank. */
  readonly found: readonly Found[];
}

/** What is kept. A preview has no room for more. */
const deepestLevel = 6;
const mostMembers = 200;
const mostItems = 5;
const mostInLevel = 500;
/** Wanted members are looked for among so many of an object. */
const mostSearched = 2_000;
const nothing: readonly Value[] = [];

/**
 * Finds where the values of a JSON text are, in one pass over its characters and without making the values. What it keeps is bounded, and
 * so is its recursion: by the levels that are kept and by the length of the wanted pointers.
 *
 * @param json a valid JSON text
 * @param levels how many levels of it are kept; 0: what is wanted is found, and members are only counted
 */
export const structureOf = (json: string, wanted: Wanted, levels = deepestLevel): Structure => {
  const found = new Map<string, Found>();
  const keptInLevel = Array.from({ length: levels }, () => 0);

  const read = (
    start: number,
    level: number,
    name: Value['name'],
    want: Wanted | null,
    label: string,
  ): Value => {
    const kind: Value['kind'] = json[start] === '{' ? 'object' : json[start] === '[' ? 'array' : 'scalar';
    const { end, size, inside } =
      kind === 'scalar'
        ? { end: endOfScalar(json, start), size: 0, inside: nothing }
        : readInside(start, kind, want && want.rank !== null ? 0 : level, want, label);
    const value = { kind, name, start, end, size, inside };
    // Of repeated names, the last one counts, as it does for a parser.
    if (want && want.rank !== null) found.set(label, { rank: want.rank, label, value });
    return value;
  };

  const readInside = (
    start: number,
    kind: 'object' | 'array',
    level: number,
    want: Wanted | null,
    label: string,
  ): Pick<Value, 'end' | 'size' | 'inside'> => {
    const inside: Value[] = [];
    const most = kind === 'object' ? mostMembers : mostItems;
    let size = 0;
    let at = afterSpace(json, start + 1);
    while (at < json.length && !isClosing(json.charCodeAt(at))) {
      const keep = level < levels && inside.length < most && (keptInLevel[level] ?? 0) < mostInLevel;
      const search = want !== null && size <= (kind === 'object' ? mostSearched : want.lastItem);
      if (!keep && !search) {
        const rest = restOfMembers(json, at);
        return { end: rest.end, size: size + rest.size, inside };
      }
      let name: Value['name'] = null;
      if (kind === 'object') {
        name = [at, endOfString(json, at)];
        at = afterSpace(json, afterSpace(json, name[1]) + 1);
      }
      const written = search && name ? json.slice(name[0], name[1]) : '';
      const next = search ? (name ? wantedMember(want, written) : wantedItem(want, size)) : null;
      if (keep || next) {
        if (keep) keptInLevel[level] = (keptInLevel[level] ?? 0) + 1;
        const step = next ? (name ? labelOf(label, nameOf(written)) : `${label}[${size}]`) : '';
        const value = read(at, keep ? level + 1 : levels, name, next, step);
        if (keep) inside.push(value);
        at = value.end;
      } else at = endOfValue(json, at);
      size += 1;
      at = afterSpace(json, at);
      if (json.charCodeAt(at) === comma) at = afterSpace(json, at + 1);
    }
    return { end: at + 1, size, inside };
  };

  const root = read(afterSpace(json, 0), 0, null, wanted, '');
  return { root, found: [...found.values()].sort((one, other) => one.rank - other.rank) };
};

const usualName = /^[\w-]+$/;
const readableName = /^[\p{L}\p{N}_-]+$/u;

/** Without a slash: an OpenClaw gateway would take a JSON pointer for a command. */
const labelOf = (label: string, name: string): string => {
  if (!usualName.test(name) && !readableName.test(name)) return `${label}[${JSON.stringify(name)}]`;
  return label === '' ? name : `${label}.${name}`;
};

const quote = 0x22;
const comma = 0x2c;

const afterSpace = (json: string, start: number): number => {
  let at = start;
  while (json.charCodeAt(at) <= 0x20) at += 1;
  return at;
};

const isOpening = (code: number): boolean => code === 0x7b || code === 0x5b;
const isClosing = (code: number): boolean => code === 0x7d || code === 0x5d;

const endOfScalar = (json: string, start: number): number => {
  if (json.charCodeAt(start) === quote) return endOfString(json, start);
  let at = start;
  for (; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code <= 0x20 || code === comma || isClosing(code)) break;
  }
  return at;
};

/** The end of an object or array at one of whose members or items `start` is, and how many there are from there. */
const restOfMembers = (json: string, start: number): { end: number; size: number } => {
  let depth = 0;
  let size = 1;
  for (let at = start; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === quote) at = endOfString(json, at) - 1;
    else if (code === comma) size += depth === 0 ? 1 : 0;
    else if (isOpening(code)) depth += 1;
    else if (isClosing(code)) {
      if (depth === 0) return { end: at + 1, size };
      depth -= 1;
    }
  }
  return { end: json.length, size };
};

const endOfValue = (json: string, start: number): number =>
  isOpening(json.charCodeAt(start)) ? restOfMembers(json, start + 1).end : endOfScalar(json, start);
