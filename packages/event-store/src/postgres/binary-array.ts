/** Postgres' type numbers, as the wire format of arrays requires them. */
export const elementTypes = { int4: 23, int8: 20, text: 25, json: 114, uuid: 2950 } as const;

/**
 * A one-dimensional array in Postgres' binary format. The text of events is sent unescaped, and the server parses it before it
 * takes the append lock. In the usual text format, both sides would have to escape or unescape every quote.
 */
export const textArray = (type: number, values: readonly string[]): Buffer => {
  const lengths = values.map((value) => Buffer.byteLength(value));
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  const array = arrayOf(type, values.length, bytes);
  let at = headerBytes;
  values.forEach((value, index) => {
    at = array.writeInt32BE(lengths[index] ?? 0, at);
    at += array.write(value, at, 'utf8');
  });
  return array;
};

export const uuidArray = (values: readonly string[]): Buffer => {
  const array = arrayOf(elementTypes.uuid, values.length, values.length * 16);
  let at = headerBytes;
  for (const value of values) {
    at = array.writeInt32BE(16, at);
    at += array.write(value.replaceAll('-', ''), at, 'hex');
  }
  return array;
};

export const int4Array = (values: readonly number[]): Buffer => {
  const array = arrayOf(elementTypes.int4, values.length, values.length * 4);
  let at = headerBytes;
  for (const value of values) {
    at = array.writeInt32BE(4, at);
    at = array.writeInt32BE(value, at);
  }
  return array;
};

export const int8Array = (values: readonly number[]): Buffer => {
  const array = arrayOf(elementTypes.int8, values.length, values.length * 8);
  let at = headerBytes;
  for (const value of values) {
    at = array.writeInt32BE(8, at);
    at = array.writeBigInt64BE(BigInt(value), at);
  }
  return array;
};

const headerBytes = 20;

/** Number of dimensions, null flag, element type, length, lower bound; then each element as its length and bytes. */
const arrayOf = (type: number, length: number, bytes: number): Buffer => {
  const array = Buffer.allocUnsafe(headerBytes + length * 4 + bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
};
