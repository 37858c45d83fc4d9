export * from './keyring.ts';
export * from './signing-keys.ts';
