import type { CelInput } from '@bufbuild/cel';

/**
 * A value of JSON as CEL sees it: whole numbers are `int`, others `double`. Objects and arrays are converted when they are read, one level
 * at a time, so that a large body costs no more than what an expression reads of it.
 */
export const jsonValue = (value: unknown): CelInput => {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      return Array.isArray(value)
        ? value.map((element) => jsonValue(element))
        : new JsonObject(value as Readonly<Record<string, unknown>>);
    default:
      throw new Error(`${typeof value} is not a value of JSON.`);
  }
};

/** CEL takes maps of its host by `instanceof Map`. Only the object's own members count. */
class JsonObject extends Map<string, CelInput> {
  readonly #object: Readonly<Record<string, unknown>>;

  constructor(object: Readonly<Record<string, unknown>>) {
    super();
    this.#object = object;
  }

  override get size(): number {
    return Object.keys(this.#object).length;
  }

  override has(key: string): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#object, key);
  }

  override get(key: string): CelInput | undefined {
    return this.has(key) ? jsonValue(this.#object[key]) : undefined;
  }

  override keys(): MapIterator<string> {
    return Object.keys(this.#object).values();
  }

  override *entries(): MapIterator<[string, CelInput]> {
    for (const key of Object.keys(this.#object)) yield [key, jsonValue(this.#object[key])];
  }

  override *values(): MapIterator<CelInput> {
    for (const [, value] of this.entries()) yield value;
  }

  override [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries();
  }

  override forEach(
    callback: (value: CelInput, key: string, map: Map<string, CelInput>) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }
}
