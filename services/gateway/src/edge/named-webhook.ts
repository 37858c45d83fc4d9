/** How a URL that names a webhook differs from the webhook's own. Stable: admins see these codes among the webhook's rejections. */
type Deviation =
  /** White space or invisible characters. */
  | 'url_blank'
  /** Slashes that are missing or too many. */
  | 'url_slashes'
  /** Something follows the webhook's id. */
  | 'url_suffix'
  /** Another case, encoded letters, parameters, another prefix. */
  | 'url_spelling';

export interface NamedWebhook {
  readonly boardId: string;
  readonly webhookId: string;
  /** null: this is the form of a webhook's URL. */
  readonly deviation: Deviation | null;
}

const id = '[\\da-f]{8}-?(?:[\\da-f]{4}-?){3}[\\da-f]{12}';
/** No two parts can match the same characters, so that the search takes linear time whatever the path. */
const naming = new RegExp(`boards?[^\\da-z]*(${id})[^\\da-z]*webhooks?[^\\da-z]*(${id})`, 'i');
const invisible = /[\s\p{Cc}\p{Cf}]/gu;
const parameters = /;[^/]*/g;

/** The webhook that a path names although it may not be the path of a webhook; null: it names none. */
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
    // What decodes to the right URL was encoded where nothing had to be.
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

/** A path that is not valid percent-encoding as a whole is taken byte by byte: it may still name a webhook. */
const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
};
