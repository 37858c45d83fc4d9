import { MIMEType } from 'node:util';

/** What a `Content-Type` says about a body. */
export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  readonly charset: string | null;
  readonly boundary: string | null;
}

/** null: there is no header, or nobody can read it. */
export const mediaTypeOf = (contentType: string | null): MediaType | null => {
  if (contentType === null) return null;
  try {
    const { essence, params } = new MIMEType(contentType);
    return { essence, charset: params.get('charset'), boundary: params.get('boundary') };
  } catch {
    return null;
  }
};
