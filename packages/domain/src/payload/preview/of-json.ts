import { escapeJson } from '../escapes.ts';
import { indentJson } from '../indent-json.ts';
import type { PresentedPayload } from '../present.ts';
import { outlineOf } from './outline.ts';
import type { PreviewRules } from './rules.ts';
import { type Found, structureOf } from './structure.ts';
import { type Wanted, wantedOf } from './wanted.ts';
import { fitting, inOneLine } from './written.ts';

/** Amazon SNS wants this link opened before it sends anything. */
const subscribe = '/SubscribeURL';

/** A text that is so many times longer than the room is not read for whether it fits without its white space. */
const mostWhiteSpace = 4;
const longestMember = 600;
const roomOfField = 1_000;
/** Of the room, for the members that come first. */
const partForFirst = 0.6;

interface By {
  readonly fields: readonly string[];
  readonly telling: readonly string[];
  readonly rules: PreviewRules;
}

/**
 * A JSON text in `room` characters, escaped: the members that come first, each with the path to it, then the whole text if it fits, or its
 * outline.
 *
 * @param by `fields`: JSON pointers that the admin chose; `telling`: those that say what happened
 */
export const jsonPreview = (
  { encoding, json }: PresentedPayload,
  room: number,
  { fields, telling, rules }: By,
): { text: string; cut: boolean; asksToSubscribe: boolean } => {
  const whole = wholeIn(json, room);
  const roomForFirst = Math.floor(room * partForFirst);
  // Then no outline is needed, whatever comes first.
  const fits = whole !== null && whole.length < room - roomForFirst && fields.length === 0;
  const { root, found } = structureOf(json, wantedIn(encoding, fields, telling), fits ? 0 : undefined);
  const asksToSubscribe = found.some(({ label }) => label === 'SubscribeURL');
  if (whole !== null && whole.length <= rules.short && fields.length === 0) {
    return { text: whole, cut: false, asksToSubscribe };
  }
  const inOrder = rules.byItem ? itemsTogether(found) : found;
  const first = firstLines(json, inOrder, fields.length * (encoding === 'json' ? 1 : 2), roomForFirst);
  const beginning = first.length === 0 ? '' : `${first.join('\n')}\n\n`;
  const left = room - beginning.length;
  if (whole !== null && whole.length <= left) return { text: beginning + whole, cut: false, asksToSubscribe };
  const rest =
    root.kind === 'scalar'
      ? fitting(left, (most) => inOneLine(json, root, most))
      : outlineOf(json, root, left).join('\n');
  return { text: beginning + rest, cut: true, asksToSubscribe };
};

/** The members of an array's items, item by item, in the place of the first of them. @param found by rank */
const itemsTogether = (found: readonly Found[]): readonly Found[] => {
  const places = new Map<string, number>();
  const placed = found.map((one, place) => {
    const [, array, index] = /^([^[]+)\[(\d+)\]/.exec(one.label) ?? [];
    if (array === undefined) return { one, place, item: 0 };
    if (!places.has(array)) places.set(array, place);
    return { one, place: places.get(array) ?? place, item: Number(index) };
  });
  return placed.sort((a, b) => a.place - b.place || a.item - b.item).map(({ one }) => one);
};

type Trees = WeakMap<readonly string[], Wanted>;
/** The trees of the table's lists are made once. */
const treesOf = { json: new WeakMap() as Trees, form: new WeakMap() as Trees };

const wantedIn = (
  encoding: PresentedPayload['encoding'],
  fields: readonly string[],
  telling: readonly string[],
): Wanted => {
  const kind = encoding === 'json' ? 'json' : 'form';
  const known = fields.length === 0 ? treesOf[kind].get(telling) : undefined;
  if (known) return known;
  const pointers = [...fields, subscribe, ...telling];
  // GitHub's and Slack's forms have the event in a field.
  const tree = wantedOf(
    kind === 'json' ? pointers : pointers.flatMap((pointer) => [pointer, `/payload${pointer}`]),
  );
  if (fields.length === 0) treesOf[kind].set(telling, tree);
  return tree;
};

/** The text, indented and escaped; null if it is too long. */
const wholeIn = (json: string, room: number): string | null => {
  if (json.length > mostWhiteSpace * room) return null;
  const indented = indentJson(json, room);
  return indented.length <= room ? escapeJson(indented) : null;
};

/** @param chosen the ranks below this one are the admin's */
const firstLines = (json: string, found: readonly Found[], chosen: number, room: number): string[] => {
  const lines: string[] = [];
  let left = room;
  for (const { rank, label, value } of found) {
    const isChosen = rank < chosen;
    if (!isChosen && saysNothing(json, value)) continue;
    const name = `${escapeJson(label)}: `;
    const space = Math.min(left, isChosen ? roomOfField : longestMember) - name.length - 1;
    const shown =
      isChosen && value.inside.length > 0 && space > 100
        ? outlineOf(json, { ...value, name: null }, space).join('\n')
        : fitting(space, (most) => inOneLine(json, value, most));
    if (shown.length > space) continue;
    lines.push(name + shown);
    left -= name.length + shown.length + 1;
  }
  return lines;
};

const saysNothing = (json: string, { kind, size, start }: Found['value']): boolean =>
  kind === 'scalar' ? json.startsWith('null', start) || json.startsWith('""', start) : size === 0;
