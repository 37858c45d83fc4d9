import { namedIn } from './named-webhook.ts';

/** Where a request goes. Decided once, from the path exactly as sent. Nothing else routes by the path. */
export type Route =
  | { readonly kind: 'ingest'; readonly boardId: string; readonly webhookId: string }
  /** A webhook's URL with a method that neither ingest nor the admin API supports. */
  | { readonly kind: 'wrong_method' }
  /** Resembles the ingest path, but is spelled differently. */
  | { readonly kind: 'not_found' }
  | { readonly kind: 'bad_path' }
  /** To the admin API. */
  | { readonly kind: 'forward' };

/** A trailing slash is allowed because senders often add one. */
const webhookPath = /^\/api\/v1\/boards\/([^/%]+)\/webhooks\/([^/%]+)\/?$/;
/** The methods that the admin API supports for a webhook's URL. */
export const adminMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PATCH', 'DELETE']);
/** Plain segments: letters, digits and `-._~`, not beginning with a dot. A path of plain segments needs no further checks. */
const plainPath = /^(?:\/(?:[\w~-][\w.~-]*)?)*$/;
const forward = { kind: 'forward' } as const;

/** @param url the request target exactly as sent */
export const routeOf = (method: string, url: string): Route => {
  const path = pathOf(url);
  const [, boardId, webhookId] = webhookPath.exec(path) ?? [];
  if (boardId !== undefined && webhookId !== undefined && plainPath.test(path)) {
    if (method === 'POST') return { kind: 'ingest', boardId, webhookId };
    return adminMethods.has(method) ? forward : { kind: 'wrong_method' };
  }
  const segments = segmentsOf(path);
  if (segments === null) return { kind: 'bad_path' };
  // A preflight is treated like the POST that follows it.
  const isPost = method === 'POST' || method === 'OPTIONS';
  return isPost && (resemblesIngest(segments) || lacksSlash(path)) ? { kind: 'not_found' } : forward;
};

/** @param url the request target exactly as sent */
export const pathOf = (url: string): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};
/** The decoded segments; null for an ambiguous path, which two readers could interpret differently. */
const segmentsOf = (path: string): string[] | null => {
  if (!path.startsWith('/') || /[\\#]|%2f|%5c/i.test(path)) return null;
  const segments: string[] = [];
  for (const raw of path.slice(1).split('/')) {
    const segment = decoded(raw);
    // Some readers also treat a dot segment with path parameters (`..;x=1`) as a dot segment.
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

/** The ingest path in another case, or with empty segments, encoded letters or path parameters, does not go to the admin API. */
const resemblesIngest = (segments: readonly string[]): boolean => {
  const bare = segments
    .map((segment) => (segment.split(';', 1)[0] ?? '').trim().toLowerCase())
    .filter((segment) => segment !== '');
  return (
    bare.length === ingestShape.length &&
    ingestShape.every((expected, index) => expected === null || expected === bare[index])
  );
};

const lacksSlash = (path: string): boolean => namedIn(path)?.deviation === 'url_slashes';
