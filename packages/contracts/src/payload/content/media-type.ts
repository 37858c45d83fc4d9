import { MIMEType } from 'node:util';

/** A parsed `Content-Type` header. */
export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  readonly charset: string | null;
  readonly boundary: string | null;
}

/** null: there is no header, or it is invalid. */
export const mediaTypeOf = (contentType: string | null): MediaType | null => {
  if (contentType === null) return null;
  try {
    const { essence, params } = new MIMEType(contentType);
    return { essence, charset: params.get('charset'), boundary: params.get('boundary') };
  } catch {
    return null;
  }
};
