import { EventStoreUnsupported } from '../errors.ts';

/** Ends the prefix of an installation. No other part of a stream name contains it, so streams without a prefix can be recognised. */
const separator = ':';
const prefixName = /^[a-z][a-z0-9_]{0,23}$/;

/** The names of an installation's streams in a log that several installations share. */
export interface StreamNames {
  /** What every name in the log begins with; empty for the installation without a prefix. */
  readonly prefix: string;
  /** @throws TypeError when the name contains the separator */
  readonly inLog: (stream: string) => string;
  /** null: the stream belongs to another installation. */
  readonly ofInstallation: (streamInLog: string) => string | null;
}

/**
 * @param name empty, or the installation's prefix without separator
 * @throws EventStoreUnsupported when it is not a valid prefix
 */
export const streamNamesOf = (name: string): StreamNames => {
  if (name !== '' && !prefixName.test(name)) {
    throw new EventStoreUnsupported(
      `the prefix ${JSON.stringify(name)} is invalid: use at most 24 lower-case letters, digits and _, beginning with a letter`,
    );
  }
  const prefix = name === '' ? '' : `${name}${separator}`;
  return {
    prefix,
    inLog: (stream) => {
      if (stream.includes(separator))
        throw new TypeError(`a stream name must not contain ${JSON.stringify(separator)}`);
      // An invalid name stays invalid: with a prefix, it would no longer begin with "$" or be empty.
      return stream === '' || stream.startsWith('$') ? stream : `${prefix}${stream}`;
    },
    ofInstallation: (streamInLog) => {
      if (prefix === '') return streamInLog.includes(separator) ? null : streamInLog;
      return streamInLog.startsWith(prefix) ? streamInLog.slice(prefix.length) : null;
    },
  };
};
