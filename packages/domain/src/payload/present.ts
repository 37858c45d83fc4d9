import {
  assertNever,
  type ContentSource,
  contentOf,
  deepestEmbeddedJson,
  jsonDepth,
} from '@mission-control/contracts';
import { remembered } from './remembered.ts';

/** A payload in the form in which it is shown to readers. */
export interface PresentedPayload {
  /**
   * `json`: the sender's JSON as written; `form`, `multipart`: an object with the fields; `text`: the body as a JSON string; `base64`: the
   * bytes, in base64, as a JSON string; `erased`: `null`.
   */
  readonly encoding: 'json' | 'form' | 'multipart' | 'text' | 'base64' | 'erased';
  /** A complete JSON text that can be embedded without parsing it again. */
  readonly json: string;
}

/**
 * Presents a body according to its decoding. JSON is embedded as the sender wrote it, with its digits and duplicate keys, but without a
 * byte order mark. The fields of a form become an object. Other text and JSON that is too deep become a string, bytes that are not text
 * become base64, and an empty body becomes `{}`. Several projections present the same event's payload.
 */
export const presentPayload = remembered((payload: ContentSource): PresentedPayload => {
  if (payload.body.enc === 'erased') return { encoding: 'erased', json: 'null' };
  const { bytes, decoded } = contentOf(payload);
  switch (decoded.kind) {
    case 'bytes':
      return { encoding: 'base64', json: JSON.stringify(bytes.toString('base64')) };
    case 'text':
      return { encoding: 'text', json: JSON.stringify(decoded.text) };
    case 'json':
      return jsonDepth(decoded.text) <= deepestEmbeddedJson
        ? // `trim` treats a byte order mark as white space.
          { encoding: 'json', json: decoded.text.trim() }
        : { encoding: 'text', json: JSON.stringify(decoded.text) };
    case 'form':
    case 'multipart':
      return { encoding: decoded.kind, json: decoded.text };
    default:
      return assertNever(decoded);
  }
});
