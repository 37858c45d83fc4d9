/**
 * A JSON value as RFC 8785 writes it: members in the order of the UTF-16 code units of their names, no blanks. Strings and numbers are
 * written as ECMAScript's `JSON.stringify` does, which is what the RFC demands. It does not allow lone surrogates, but senders' JSON may have
 * them: they are written as escapes (`\ud800`).
 */
export const canonicalJson = (value: unknown): string => {
  if (!isNested(value)) return JSON.stringify(value);
  // One call for the whole value takes less time than one for each string and number in it.
  const copy = copyInOrder(value);
  return copy === null ? withOwnOrder(value) : JSON.stringify(copy);
};

type Nested = readonly unknown[] | Readonly<Record<string, unknown>>;

const isNested = (value: unknown): value is Nested => typeof value === 'object' && value !== null;

/** The value with the members of all objects in order; null: an object has names that JavaScript does not keep in any order. */
const copyInOrder = (value: Nested): unknown => {
  if (Array.isArray(value)) {
    if (!value.some(isNested)) return value;
    const elements: unknown[] = [];
    for (const element of value) {
      const inOrder = isNested(element) ? copyInOrder(element) : element;
      if (inOrder === null && element !== null) return null;
      elements.push(inOrder);
    }
    return elements;
  }
  const members = value as Readonly<Record<string, unknown>>;
  const names = orderOf(Object.keys(members));
  if (names === null) return null;
  const copy: Record<string, unknown> = {};
  for (const name of names) {
    const member = members[name];
    const inOrder = isNested(member) ? copyInOrder(member) : member;
    if (inOrder === null && member !== null) return null;
    copy[name] = inOrder;
  }
  return copy;
};

/** The same text, member by member. */
const withOwnOrder = (value: unknown): string => {
  if (!isNested(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(withOwnOrder).join(',')}]`;
  const members = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  return `{${names
    .sort()
    .map((name) => `${JSON.stringify(name)}:${withOwnOrder(members[name])}`)
    .join(',')}}`;
};

/** Names of members, one after the other, and their order. Objects of one kind have the same names, so few have to be sorted. */
class KnownNames {
  readonly next = new Map<string, KnownNames>();
  /** undefined: not sorted yet. */
  order: readonly string[] | null | undefined;
}

const knownNames = new KnownNames();
/** There are few different ones in events; what senders make up does not fill the memory. */
const mostKnown = 10_000;
let known = 0;

/** null: JavaScript puts numbers before other names, and `__proto__` is none. */
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
  if (node.order === undefined) node.order = sortedOrNull(names);
  return node.order;
};

const sortedOrNull = (names: readonly string[]): readonly string[] | null =>
  names.some((name) => /^(\d|__proto__$)/.test(name)) ? null : names.toSorted();
