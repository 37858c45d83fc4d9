import { type ContentSource, contentOf, deepestEmbeddedJson, jsonDepth } from '@mission-control/contracts';

/** How a payload is shown to readers. */
export interface PresentedPayload {
  /**
   * `json`: the sender's JSON as written; `form`, `multipart`: an object of the fields; `text`: the body as a JSON string; `base64`: the
   * bytes as a JSON string.
   */
  readonly encoding: 'json' | 'form' | 'multipart' | 'text' | 'base64';
  /** A complete JSON text, to be embedded without parsing it again. */
  readonly json: string;
}

/**
 * Shows a body as it is decoded: JSON is embedded as the sender wrote it (digits, duplicate keys and all, without a byte order mark), the
 * fields of a form are an object, other text and deeper JSON is a string, bytes that are no text are base64, nothing at all is `{}`.
 */
export const presentPayload = (payload: ContentSource): PresentedPayload => {
  const { bytes, decoded } = contentOf(payload);
  switch (decoded.kind) {
    case 'bytes':
      return { encoding: 'base64', json: JSON.stringify(bytes.toString('base64')) };
    case 'text':
      return { encoding: 'text', json: JSON.stringify(decoded.text) };
    case 'json':
      return jsonDepth(decoded.text) <= deepestEmbeddedJson
        ? // A byte order mark is white space to `trim`.
          { encoding: 'json', json: decoded.text.trim() }
        : { encoding: 'text', json: JSON.stringify(decoded.text) };
    case 'form':
    case 'multipart':
      return { encoding: decoded.kind, json: decoded.text };
    default:
      return neverDecoded(decoded);
  }
};

const neverDecoded = (decoded: never): never => {
  throw new Error(`Unknown content ${JSON.stringify(decoded)}`);
};
