/**
 * Which webhooks' payloads are encrypted: none, those whose setting says so, or all but those whose setting says no. `off` also means that
 * there may be services that cannot read encrypted content.
 */
export const contentEncryptions = ['off', 'per-webhook', 'on'] as const;
export type ContentEncryption = (typeof contentEncryptions)[number];

/** The values of CONTENT_ENCRYPTION. The first release with it knew only `false` and `true`. */
export const contentEncryptionNamed = {
  ...{ off: 'off', 'per-webhook': 'per-webhook', on: 'on' },
  ...{ false: 'off', true: 'on' },
} as const satisfies Record<string, ContentEncryption>;

/**
 * Whether the content of a webhook's payloads is encrypted.
 *
 * @param setting of the webhook; null: as the installation's default says
 */
export const encryptsContent = (installation: ContentEncryption, setting: boolean | null): boolean =>
  installation !== 'off' && (setting ?? installation === 'on');
