/** How the elements of a type are written: its number in Postgres, and the size and bytes of one value. */
interface ElementType {
  readonly oid: number;
  size(value: never): number;
  /** Returns the offset behind the value. */
  write(value: never, to: Buffer, at: number): number;
}

const text: ElementType = {
  oid: 25,
  size: (value: string) => Buffer.byteLength(value),
  write: (value: string, to, at) => at + to.write(value, at, 'utf8'),
};

const uuid: ElementType = {
  oid: 2950,
  size: () => 16,
  write: (value: string, to, at) => {
    let next = at;
    let i = 0;
    for (; i < value.length && next < at + 16; i += 2) {
      if (value.charCodeAt(i) === hyphen) i += 1;
      const byte = ((hexDigits[value.charCodeAt(i)] ?? -1) << 4) | (hexDigits[value.charCodeAt(i + 1)] ?? -1);
      if (byte < 0) break;
      to[next++] = byte;
    }
    if (next !== at + 16 || i !== value.length) throw new TypeError(`${value} is no UUID.`);
    return next;
  },
};
const hyphen = 0x2d;
/** By character code. */
const hexDigits: readonly (number | undefined)[] = Array.from({ length: 103 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? undefined : digit;
});

/** Microseconds since 2000. */
const timestamptz: ElementType = {
  oid: 1184,
  size: () => 8,
  write: (value: string, to, at) => {
    const milliseconds = Date.parse(value) - millisecondsAt2000;
    const microseconds = milliseconds * 1000;
    if (!Number.isSafeInteger(microseconds)) return to.writeBigInt64BE(BigInt(milliseconds) * 1000n, at);
    // The upper half and the lower one, which is faster. Times are as small as this until 2285.
    const next = to.writeInt32BE(Math.floor(microseconds / 2 ** 32), at);
    return to.writeUInt32BE(microseconds >>> 0, next);
  },
};
const millisecondsAt2000 = Date.UTC(2000, 0, 1);

/** Whole, not negative: the number of digits, the exponent of the first one, sign, scale, and the digits in base 10,000. */
const numeric: ElementType = {
  oid: 1700,
  size: (value: bigint) => 8 + 2 * digitsOf(value).length,
  write: (value: bigint, to, at) => {
    const digits = digitsOf(value);
    let next = to.writeInt16BE(digits.length, at);
    next = to.writeInt16BE(digits.length - 1, next);
    next = to.writeInt32BE(0, next);
    for (const digit of digits) next = to.writeInt16BE(digit, next);
    return next;
  },
};

const digitsOf = (value: bigint): number[] => {
  const digits: number[] = [];
  if (value <= Number.MAX_SAFE_INTEGER) {
    // The same with numbers, which is faster. Positions are as small as this.
    for (let rest = Number(value); rest > 0; rest = Math.floor(rest / 10_000)) digits.unshift(rest % 10_000);
    return digits;
  }
  for (let rest = value; rest > 0n; rest /= 10_000n) digits.unshift(Number(rest % 10_000n));
  return digits;
};

const elementTypes: Readonly<Record<string, ElementType>> = {
  text,
  json: { ...text, oid: 114 },
  uuid,
  timestamptz,
  numeric,
  integer: {
    oid: 23,
    size: () => 4,
    write: (value: number, to, at) => to.writeInt32BE(value, at),
  },
  'double precision': {
    oid: 701,
    size: () => 8,
    write: (value: number, to, at) => to.writeDoubleBE(value, at),
  },
  boolean: {
    oid: 16,
    size: () => 1,
    write: (value: boolean, to, at) => to.writeUInt8(value ? 1 : 0, at),
  },
};

/** The types of columns that can be written in this way. */
export type BinaryType =
  | 'text'
  | 'json'
  | 'uuid'
  | 'timestamptz'
  | 'numeric'
  | 'integer'
  | 'double precision'
  | 'boolean';

const headerBytes = 20;

/**
 * The values of a column as an array in Postgres' binary format. In the text format, this process would escape every quote of every
 * payload, and the server would undo it. Times keep their milliseconds.
 *
 * @throws TypeError, RangeError for a value that is not of the type
 */
export const binaryColumn = (type: BinaryType, values: readonly unknown[]): Buffer => {
  const element = elementTypes[type] as ElementType;
  const sizes: number[] = [];
  let bytes = headerBytes;
  for (const value of values) {
    const size = isAbsent(value) ? -1 : element.size(value as never);
    sizes.push(size);
    bytes += 4 + Math.max(0, size);
  }
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(sizes.includes(-1) ? 1 : 0, 4);
  array.writeInt32BE(element.oid, 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = headerBytes;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    at = array.writeInt32BE(sizes[index] ?? -1, at);
    if (!isAbsent(value)) at = element.write(value as never, array, at);
  }
  return array;
};

const isAbsent = (value: unknown): boolean => value === null || value === undefined;
