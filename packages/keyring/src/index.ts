export * from './keyring.ts';
export * from './read-links.ts';
export * from './signing-keys.ts';
