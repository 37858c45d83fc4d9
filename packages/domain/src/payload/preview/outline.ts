import type { Value } from './structure.ts';
import { counted, inOneLine, nameOfLine } from './written.ts';

/** Scalars are shortened to about this length. */
const longestScalar = 200;

/** Longer scalars and names take at least so much. */
const leastOfScalar = 100;
const leastOfName = 20;
/** Less would not show much more than an opening and a closing line. */
const leastShare = 150;

/** A value as the outline shows it: on one line, or its members between an opening and a closing line. */
interface Shown {
  readonly value: Value;
  readonly indent: number;
  /** Escaped, as the line is. */
  readonly name: string;
  readonly line: string;
  /** By the place of the member, with gaps for those that are left out; null: folded. */
  inside: (Shown | undefined)[] | null;
}

/** With indentation, comma and line break. */
const costOf = ({ line, indent }: Shown): number => line.length + 2 * indent + 2;
/** Escaping makes nothing shorter. */
const leastCostOf = ({ kind, name, start, end }: Value, indent: number): number =>
  2 * indent +
  (kind === 'scalar' ? Math.min(end - start, leastOfScalar) : 2) +
  (name === null ? 0 : Math.min(name[1] - name[0], leastOfName));
/** The closing line, and the line that says how many are left out. */
const costOfOpening = ({ indent }: Shown): number => 4 * indent + 40;

/**
 * Shows a JSON text in `room` characters, level by level. Each object and array gets an equal share of the room that is left, as long as that
 * shows something; in it, scalars come before objects and arrays. Links and nulls get what remains at the end: in many payloads they are
 * most of the text and say least. The order stays the sender's, and what is left out is counted.
 *
 * @param room at least 100
 * @returns escaped lines
 */
export const outlineOf = (json: string, root: Value, room: number): string[] => {
  const show = (value: Value, indent: number): Shown => {
    const name = nameOfLine(json, value);
    return { value, indent, name, line: name + inOneLine(json, value, longestScalar), inside: null };
  };

  /** Shows more members as far as the share allows. @returns what is left of the share */
  const open = (shown: Shown, share: number, isMeant: (member: Value) => boolean): number => {
    const { value, indent } = shown;
    const inside = shown.inside ?? [];
    let rest = shown.inside ? share : share - costOfOpening(shown);
    for (let place = 0; place < value.inside.length; place += 1) {
      const member = value.inside[place] as Value;
      if (inside[place] || !isMeant(member)) continue;
      // Most members that do not fit need not be escaped to find that out.
      const line = leastCostOf(member, indent + 1) <= rest ? show(member, indent + 1) : null;
      if (line && costOf(line) <= rest) {
        inside[place] = line;
        rest -= costOf(line);
        shown.inside = inside;
      } else if (value.kind === 'array') break;
    }
    return shown.inside ? rest : share;
  };

  const top = show(root, 0);
  let left = room - costOf(top);
  /** What an object or array leaves of its share, others get: at first those after it, then, in a second round, those before. */
  const openLevels = (): Shown[] => {
    const opened: Shown[] = [];
    for (let level = [top]; level.length > 0; level = level.flatMap(membersOf)) {
      const openable = level.filter(({ value }) => value.inside.length > 0);
      for (const [i, shown] of openable.entries()) {
        const share = Math.min(left, Math.max(leastShare, Math.floor(left / (openable.length - i))));
        const isArray = shown.value.kind === 'array';
        const rest = isArray ? share : open(shown, share, (member) => isTelling(json, member));
        left -= share - open(shown, rest, (member) => isArray || member.kind !== 'scalar');
      }
      opened.push(...openable);
    }
    return opened;
  };
  openLevels();
  for (const shown of openLevels()) left = open(shown, left, () => true);
  const lines: string[] = [];
  addLines(lines, top, '');
  return lines;
};

const membersOf = ({ inside }: Shown): Shown[] => (inside ?? []).filter((one) => one !== undefined);

/** No link, no null and no empty string. */
const isTelling = (json: string, { kind, start }: Value): boolean => {
  if (kind !== 'scalar') return false;
  if (json[start] !== '"') return json[start] !== 'n';
  return json[start + 1] !== '"' && !json.startsWith('http', start + 1);
};

const addLines = (lines: string[], { value, indent, name, line, inside }: Shown, comma: string): void => {
  const space = '  '.repeat(indent);
  if (!inside) {
    lines.push(`${space}${line}${comma}`);
    return;
  }
  const isObject = value.kind === 'object';
  const shown = inside.filter((one) => one !== undefined);
  const missing = value.size - shown.length;
  lines.push(`${space}${name}${isObject ? '{' : '['}`);
  for (const [i, one] of shown.entries())
    addLines(lines, one, i < shown.length - 1 || missing > 0 ? ',' : '');
  if (missing > 0)
    lines.push(`${space}  … ${missing} more of ${isObject ? counted('object', value.size) : value.size}`);
  lines.push(`${space}${isObject ? '}' : ']'}${comma}`);
};
