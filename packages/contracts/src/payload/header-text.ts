import { utf8Text } from './body-envelope.ts';

/** Node decodes header bytes as Latin-1, but senders use UTF-8 more often. Bytes that are not UTF-8 stay Latin-1. */
export const headerText = (value: string): string =>
  isAscii.test(value) ? value : (utf8Text(Buffer.from(value, 'latin1')) ?? value);

const isAscii = /^[\0-\x7f]*$/;
