import type { IncomingMessage } from 'node:http';
import { ApiError } from '@mission-control/runtime';

const unreadable = (detail: string): ApiError =>
  new ApiError(400, 'bad_request', detail, { headers: { connection: 'close' } });

/** RFC 3986, 3.2.2 and 3.2.3: a name, an IPv4 address or an IP literal in brackets, with an optional port. */
const authority = /^(?:\[[\da-fv.:]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/**
 * Rejects what Node's parser accepts although HTTP forbids it, because the next hop may read it differently; null: the request is fine.
 *
 * RFC 9112: 2.3 (versions), 3.2 (one valid Host), 6.1 (chunked is the only transfer coding supported, and HTTP/1.0 has none); RFC 9110,
 * 10.1.1 (expectations).
 */
export const faultOf = ({ httpVersion, headers, rawHeaders }: IncomingMessage): ApiError | null => {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return unreadable('Only HTTP/1.1 and HTTP/1.0 are supported.');
  }
  const hosts = timesNamed(rawHeaders, 'host');
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1') || !authority.test(headers.host ?? '')) {
    return unreadable('A request must have exactly one valid Host header.');
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (httpVersion === '1.0' || coding.toLowerCase() !== 'chunked')) {
    return unreadable('The only supported Transfer-Encoding is chunked, in HTTP/1.1.');
  }
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return new ApiError(417, 'expectation_failed', 'The only supported Expect is 100-continue.', {
      headers: { connection: 'close' },
    });
  }
  return null;
};

/** @param rawHeaders in Node's format: name, value, name, value, … */
const timesNamed = (rawHeaders: readonly string[], name: string): number => {
  let times = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === name.length && rawHeaders[i]?.toLowerCase() === name) times += 1;
  }
  return times;
};
