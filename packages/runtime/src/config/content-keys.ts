import type { ContentEncryption } from './content-encryption.ts';
import { ConfigError } from './load.ts';
import { variables } from './variables.ts';

/** What it takes to read encrypted content. */
export interface ContentKeyAccess {
  readonly DATABASE_URL: string;
  readonly ENCRYPTION_KEY: readonly Uint8Array[];
}

/**
 * What a service reads encrypted content with; null: it cannot.
 *
 * @throws ConfigError when content may be encrypted and a variable for that is missing
 */
export const contentKeyAccessOf = ({
  CONTENT_ENCRYPTION,
  DATABASE_URL,
  ENCRYPTION_KEY,
}: { readonly CONTENT_ENCRYPTION: ContentEncryption } & {
  readonly [K in keyof ContentKeyAccess]?: ContentKeyAccess[K] | undefined;
}): ContentKeyAccess | null => {
  if (DATABASE_URL && ENCRYPTION_KEY) return { DATABASE_URL, ENCRYPTION_KEY };
  if (CONTENT_ENCRYPTION === 'off') return null;
  const missing = DATABASE_URL ? 'ENCRYPTION_KEY' : 'DATABASE_URL';
  throw new ConfigError([
    `${missing} is missing, and CONTENT_ENCRYPTION=${CONTENT_ENCRYPTION} needs it: the keys of encrypted content are in the database, encrypted. Example: ${missing}=${variables[missing].example}`,
  ]);
};
