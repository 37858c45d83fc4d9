import type { IncomingMessage } from 'node:http';
import type { CapacitySlot } from './capacity.ts';
import type { IngestRecord } from './ingest-record.ts';
import { rejectionErrors } from './rejection-errors.ts';

/** The sender closed the connection before the body was complete, so no response is possible. */
export class BodyIncomplete extends Error {
  readonly code = 'body_incomplete';

  constructor() {
    super('The connection ended before the body was complete.');
    this.name = 'BodyIncomplete';
  }
}

/**
 * Reads the body as it arrives. Counts the actual bytes, whatever the headers declare.
 *
 * @throws ApiError 413 beyond `maxBytes`, 503 beyond the process's capacity
 * @throws BodyIncomplete
 */
export const readBody = (
  request: IncomingMessage,
  maxBytes: number,
  slot: CapacitySlot,
  record: IngestRecord,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    record.receivedBytes = 0;
    const settle = (settled: () => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      // A destroyed stream may report its error again, after the listeners are gone.
      request.on('error', () => {});
      settled();
    };
    const onData = (chunk: Buffer) => {
      try {
        size += chunk.length;
        record.receivedBytes = size;
        if (size > maxBytes) throw rejectionErrors.payloadTooLarge(maxBytes);
        slot.hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const onClose = () => settle(() => reject(new BodyIncomplete()));
    if (request.destroyed && !request.complete) return onClose();
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
