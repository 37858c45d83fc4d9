/**
 * A JSON value as RFC 8785 writes it: members in the order of the UTF-16 code units of their names, no blanks. Strings and numbers are
 * written as ECMAScript's `JSON.stringify` does, which is what the RFC demands. It does not allow lone surrogates, but senders' JSON may have
 * them: they are written as escapes (`\ud800`).
 */
export const canonicalJson = (value: unknown): string => {
  if (!isNested(value)) return JSON.stringify(value);
  // One call for the whole value takes less time than one for each string and number in it.
  const ordered = inOrder(value);
  if (ordered !== null) return JSON.stringify(ordered);
  // What is not JSON, such as undefined, becomes what JSON.stringify makes of it.
  return withOwnOrder(JSON.parse(JSON.stringify(value)));
};

type Nested = readonly unknown[] | Readonly<Record<string, unknown>>;

const isNested = (value: unknown): value is Nested => typeof value === 'object' && value !== null;

/**
 * The value with the members of all objects in order: itself if they are already, as in events that were stored so. null: an object has names
 * that JavaScript does not keep in any order.
 */
const inOrder = (value: Nested): Nested | null =>
  Array.isArray(value) ? elementsInOrder(value) : membersInOrder(value as Members);

type Members = Readonly<Record<string, unknown>>;

const elementsInOrder = (elements: readonly unknown[]): readonly unknown[] | null => {
  let copy: unknown[] | undefined;
  for (let n = 0; n < elements.length; n++) {
    const element = elements[n];
    if (!isNested(element)) continue;
    const ordered = inOrder(element);
    if (ordered === null) return null;
    if (ordered === element) continue;
    copy ??= [...elements];
    copy[n] = ordered;
  }
  return copy ?? elements;
};

const membersInOrder = (members: Members): Members | null => {
  const names = Object.keys(members);
  const order = orderOf(names);
  if (order === null) return null;
  let copy: Record<string, unknown> | undefined = order === names ? undefined : {};
  for (const name of order) {
    const member = members[name];
    const ordered = isNested(member) ? inOrder(member) : member;
    if (ordered === null && member !== null) return null;
    if (ordered !== member) copy ??= { ...members };
    if (copy) copy[name] = ordered;
  }
  return copy ?? members;
};

/** The same text, member by member. */
const withOwnOrder = (value: unknown): string => {
  if (!isNested(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(withOwnOrder).join(',')}]`;
  const members = value as Readonly<Record<string, unknown>>;
  return `{${Object.keys(members)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${withOwnOrder(members[name])}`)
    .join(',')}}`;
};

/** Names of members, one after the other, and their order. Objects of one kind have the same names, so few have to be sorted. */
class KnownNames {
  readonly next = new Map<string, KnownNames>();
  /** undefined: not sorted yet; `same`: they are in order. */
  order: readonly string[] | 'same' | null | undefined;
}

const knownNames = new KnownNames();
/** There are few different ones in events; what senders make up does not fill the memory. */
const mostKnown = 10_000;
let known = 0;

/**
 * The names in order; the same array if they are in order already. null: JavaScript cannot keep them in order, because it puts numbers first,
 * and `__proto__` is not an ordinary name.
 */
const orderOf = (names: readonly string[]): readonly string[] | null => {
  let node = knownNames;
  for (const name of names) {
    let next = node.next.get(name);
    if (next === undefined) {
      if (known === mostKnown) return sortedOrNull(names);
      known++;
      next = new KnownNames();
      node.next.set(name, next);
    }
    node = next;
  }
  if (node.order === undefined) {
    const sorted = sortedOrNull(names);
    node.order = sorted?.every((name, n) => name === names[n]) ? 'same' : sorted;
  }
  return node.order === 'same' ? names : node.order;
};

const sortedOrNull = (names: readonly string[]): readonly string[] | null =>
  names.some((name) => /^(\d|__proto__$)/.test(name)) ? null : names.toSorted();
