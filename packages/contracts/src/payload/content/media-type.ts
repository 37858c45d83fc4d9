import { MIMEType } from 'node:util';

/** A parsed `Content-Type` header. */
export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  readonly charset: string | null;
  readonly boundary: string | null;
}

const longestMediaType = 1_000;

/** `MIMEType` needs quadratic time for a run of white space. */
const longBlank = /[\t\n\r ]{16}/;

/** null: there is no header, or it is invalid, too long or padded. */
export const mediaTypeOf = (contentType: string | null): MediaType | null => {
  if (contentType === null || contentType.length > longestMediaType || longBlank.test(contentType))
    return null;
  try {
    const { essence, params } = new MIMEType(contentType);
    return { essence, charset: params.get('charset'), boundary: params.get('boundary') };
  } catch {
    return null;
  }
};
