/** How a URL that names a webhook differs from the webhook's own. These codes are stable: admins see them in the webhook's rejections. */
type Deviation =
  /** Whitespace or invisible characters. */
  | 'url_blank'
  /** Missing or extra slashes. */
  | 'url_slashes'
  /** Something follows the webhook id. */
  | 'url_suffix'
  /** Different case, encoded letters, parameters or a different prefix. */
  | 'url_spelling';

export interface NamedWebhook {
  readonly boardId: string;
  readonly webhookId: string;
  /** null: the path has the form of a webhook's URL. */
  readonly deviation: Deviation | null;
}

const id = '[\\da-f]{8}-?(?:[\\da-f]{4}-?){3}[\\da-f]{12}';
/** Adjacent parts never match the same characters, so the search takes linear time for any path. */
const naming = new RegExp(`boards?[^\\da-z]*(${id})[^\\da-z]*webhooks?[^\\da-z]*(${id})`, 'i');
const invisible = /[\s\p{Cc}\p{Cf}]/gu;
const parameters = /;[^/]*/g;

/** The webhook that a path names, even if it is not a valid webhook path; null: it names none. */
export const namedIn = (path: string): NamedWebhook | null => {
  const text = decoded(path);
  const visible = text.replace(invisible, '');
  const [, board, webhook] = naming.exec(visible) ?? naming.exec(visible.replace(parameters, '')) ?? [];
  if (board === undefined || webhook === undefined) return null;
  const boardId = hyphenated(board);
  const webhookId = hyphenated(webhook);
  const own = `/api/v1/boards/${boardId}/webhooks/${webhookId}`;
  const isOwn = (other: string): boolean => other === own || other === `${own}/`;
  const deviation = (): Deviation | null => {
    if (isOwn(path)) return null;
    // It decodes to the right URL, so characters were encoded that did not need to be.
    if (isOwn(text)) return 'url_spelling';
    if (isOwn(visible)) return 'url_blank';
    if (withoutSlashes(visible) === withoutSlashes(own)) return 'url_slashes';
    return visible.startsWith(own) ? 'url_suffix' : 'url_spelling';
  };
  return {
    boardId: boardId.toLowerCase(),
    webhookId: webhookId.toLowerCase(),
    deviation: deviation(),
  };
};

const withoutSlashes = (text: string): string => text.replaceAll('/', '');

const hyphenated = (written: string): string =>
  written.replaceAll('-', '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Decodes a path. One that is not valid percent-encoding as a whole is decoded byte by byte: it may still name a webhook. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
};
