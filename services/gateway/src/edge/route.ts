/** Where a request goes. Decided once, from the path as it was sent; nothing else looks at the path to route by it. */
export type Route =
  | { readonly kind: 'ingest'; readonly boardId: string; readonly webhookId: string }
  /** Looks like ingest, yet is not spelled so: served by nobody. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'bad_path' }
  | { readonly kind: 'elsewhere' };

const ingestPath = /^\/api\/v1\/boards\/([^/%]+)\/webhooks\/([^/%]+)$/;
/** Plain segments: letters, digits and `-._~`, not beginning with a dot. What has only these needs no second look. */
const plainPath = /^(?:\/(?:[\w~-][\w.~-]*)?)*$/;
const elsewhere = { kind: 'elsewhere' } as const;

/** @param url the request target as it was sent */
export const routeOf = (method: string, url: string): Route => {
  const path = pathOf(url);
  if (method === 'POST') {
    const [, boardId, webhookId] = ingestPath.exec(path) ?? [];
    if (boardId !== undefined && webhookId !== undefined && plainPath.test(path)) {
      return { kind: 'ingest', boardId, webhookId };
    }
  }
  const segments = segmentsOf(path);
  if (segments === null) return { kind: 'bad_path' };
  return method === 'POST' && resemblesIngest(segments) ? { kind: 'not_found' } : elsewhere;
};

const pathOf = (url: string): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};

/** The decoded segments; null for a path that two readers could read differently. */
const segmentsOf = (path: string): string[] | null => {
  if (!path.startsWith('/') || /[\\#]|%2f|%5c/i.test(path)) return null;
  const segments: string[] = [];
  for (const raw of path.slice(1).split('/')) {
    const segment = decoded(raw);
    // With path parameters (`..;x=1`) a dot segment is one to some readers.
    if (segment === null || /^\.\.?(?:;|$)/.test(segment) || /[\u0000-\u001f\u007f]/.test(segment))
      return null;
    segments.push(segment);
  }
  return segments;
};

const decoded = (segment: string): string | null => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
};

const ingestShape = ['api', 'v1', 'boards', null, 'webhooks', null];

/** In another case, with empty segments, with encoded letters or with path parameters it is still not for the admin API. */
const resemblesIngest = (segments: readonly string[]): boolean => {
  const bare = segments
    .map((segment) => segment.replace(/;.*$/, '').trim().toLowerCase())
    .filter((segment) => segment !== '');
  return (
    bare.length === ingestShape.length &&
    ingestShape.every((expected, index) => expected === null || expected === bare[index])
  );
};
