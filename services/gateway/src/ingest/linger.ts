import type { IncomingMessage } from 'node:http';

const lingerBytes = 4 * 1024 * 1024;
const lingerMs = 2_000;

/**
 * After an answer that came before the body: takes the rest of it off the wire for a while, so that the sender gets to read the
 * answer instead of a reset. A sender that goes on regardless is cut off.
 */
export const linger = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return;
  let left = lingerBytes;
  const cutOff = () => request.socket.destroy();
  const timer = setTimeout(cutOff, lingerMs);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cutOff();
  });
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  request.on('error', () => {});
};
