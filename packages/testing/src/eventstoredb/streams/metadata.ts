import { deletedRevision, deletedRevisionText, type LogRecord } from '../log/record.ts';

/** The keys that the server uses. It ignores others. */
export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAge?: number;
  readonly truncateBefore?: number;
}

const none: StreamMetadata = {};

/** Only the last event of a metadata stream is visible. */
export const metastreamMetadata: StreamMetadata = { maxCount: 1 };

const metaPrefix = '$$';

export const metastreamOf = (stream: string): string => `${metaPrefix}${stream}`;

/** Undefined if the stream is not a metadata stream. */
export const originalOf = (stream: string): string | undefined =>
  stream.startsWith(metaPrefix) ? stream.slice(metaPrefix.length) : undefined;

const known = ['$maxCount', '$maxAge', '$tb'];
const notAnInteger = Symbol('notAnInteger');

/** Parses a number as a 64-bit integer. JSON's own parsing would lose the soft delete's 2⁶³ − 1 and accept what the server rejects. */
const integer = (_key: string, value: unknown, context?: { source?: string }): unknown => {
  if (typeof value !== 'number') return value;
  const source = context?.source ?? '';
  if (source === deletedRevisionText) return deletedRevision;
  return /^-?\d{1,18}$/.test(source) ? value : notAnInteger;
};

/** The server treats metadata that it cannot parse as absent. */
export const parseMetadata = ({ isJson, data }: LogRecord): StreamMetadata => {
  if (!isJson) return none;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(data).toString(), integer);
  } catch {
    return none;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return none;
  const values = parsed as Record<string, unknown>;
  if (known.some((key) => values[key] !== undefined && typeof values[key] !== 'number')) return none;
  const [maxCount = 0, maxAge = 0, truncateBefore = -1] = known.map(
    (key) => values[key] as number | undefined,
  );
  return {
    ...(maxCount > 0 && { maxCount }),
    ...(maxAge > 0 && { maxAge }),
    ...(truncateBefore >= 0 && { truncateBefore }),
  };
};

export const isSoftDeleted = ({ truncateBefore }: StreamMetadata): boolean =>
  truncateBefore === deletedRevision;

/** The metadata of a soft-deleted stream after an append: the deleted events stay hidden. Undefined if the metadata is unreadable. */
export const undeletedMetadata = (data: Uint8Array, firstRevision: number): Uint8Array | undefined => {
  try {
    const values = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...values, $tb: firstRevision }));
  } catch {
    return undefined;
  }
};
