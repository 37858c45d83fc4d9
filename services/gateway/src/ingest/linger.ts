import type { IncomingMessage } from 'node:http';

const lingerBytes = 4 * 1024 * 1024;
const lingerMs = 2_000;

/**
 * After a response that was sent before the body arrived: reads and discards the rest for a while, so that the sender can read the
 * response instead of getting a reset. A sender that keeps sending is cut off.
 */
export const linger = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return;
  let left = lingerBytes;
  const cutOff = () => request.socket.destroy();
  const cutOffIfIncomplete = () => request.complete || cutOff();
  // A process that was too busy to read in time first reads what has arrived.
  const timer = setTimeout(() => setImmediate(cutOffIfIncomplete), lingerMs);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cutOff();
  });
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  request.on('error', () => {});
};
