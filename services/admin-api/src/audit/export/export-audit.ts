import { Readable } from 'node:stream';
import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { isEvent, parseEvent, streamPrefixes, streams } from '@mission-control/contracts';
import { type EventStore, type Position, PositionNotInLog } from '@mission-control/event-store';
import { isSealed, originOf } from '@mission-control/merkle';
import { ApiError } from '@mission-control/runtime';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../../http/caller.ts';
import { Commands } from '../../stores/commands.ts';
import { cloudEventLine } from './cloud-event.ts';

const place = z
  .string()
  .regex(/^[^:]{1,100}:\d{1,19}$/, {
    error: 'must be a position as an export has it: <incarnation>:<position>',
  })
  .optional();

class ExportQuery extends createZodDto(
  z.object({
    after: place.describe('Only events after this position: the last one that was received.'),
    until: place.describe('Only events up to this position. Default: the end of the log.'),
  }),
) {}

const chunkLength = 65_536;

/** Everything that is sealed, and the rejections. How far services have read is left out. */
const isExported = (stream: string): boolean =>
  isSealed(stream) || stream.startsWith(streamPrefixes.rejections);

@ApiTags('Audit')
@Controller('api/v1/audit/export')
export class ExportAudit {
  constructor(private readonly commands: Commands) {}

  @Get()
  @ApiOperation({
    summary: 'Export the events',
    description:
      'One event a line, in the order of the log, as CloudEvents 1.0. `subject` is the stream; `revision`, `position`, `recordedat` and ' +
      '`metadata` (JSON as text) are extension attributes. X-Audit-Until names the last position. To continue an export that broke off, ask for ' +
      'the events after the position of its last complete line, until that position. Secrets, and the content of encrypted payloads, are ' +
      'encrypted, as in the event store. Arrivals that were stored in the clear and whose content was erased are left out. The request is recorded. `mcw audit verify` verifies a complete export.',
  })
  @ApiOkResponse({ content: { 'application/x-ndjson': { schema: { type: 'string' } } } })
  async export(
    @CallerOf() caller: Caller,
    @Query() query: ExportQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { asStored: store } = this.commands;
    const incarnation = (await store.head())?.incarnation ?? '';
    const [after, until] = [positionOf(query.after, incarnation), positionOf(query.until, incarnation)];
    const headers = {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="audit.ndjson"',
      'x-content-type-options': 'nosniff',
    };
    if (after !== null) await requireEventAt(store, after);
    // Nothing would read the events.
    if (reply.request.method === 'HEAD') return void reply.headers(headers).send();
    await this.commands.record(caller, [], streams.audit, {
      type: 'AuditExportRequested',
      data: { after: after === null ? null : `${after}`, until: until === null ? null : `${until}` },
    });
    const head = await store.head();
    if (!head) throw new Error('The log has become empty.');
    const last = until !== null && until < head.position ? until : head.position;
    const { state } = await loadAggregate(store, aggregates.installation, '');
    const source = originOf(state.owner?.installationId ?? 'unclaimed');
    const lines = linesOf(store, { after: after ?? 'start', until: last, source, incarnation });
    void reply
      .headers({ ...headers, 'x-audit-until': `${incarnation}:${last}` })
      .send(Readable.from(lines, { objectMode: false }));
  }
}

/** Many lines at once: a chunk for each would take more time than the events. Nothing is read before the client has taken the last chunk. */
async function* linesOf(
  store: EventStore,
  range: { after: Position | 'start'; until: Position; source: string; incarnation: string },
): AsyncGenerator<string> {
  const leftOut = await erasedInTheClear(store);
  let chunk = '';
  for await (const events of store.readTexts(range.after)) {
    for (const event of events) {
      if (event.position > range.until) break;
      if (!isExported(event.stream) || leftOut.has(`${event.stream}@${event.revision}`)) continue;
      chunk += cloudEventLine(event, range);
      if (chunk.length < chunkLength) continue;
      yield chunk;
      chunk = '';
    }
    if ((events.at(-1)?.position ?? 0n) >= range.until) break;
  }
  if (chunk !== '') yield chunk;
}

/**
 * The names of arrivals that were stored in the clear, and whose content was erased. The completion fact names them as well, so a verifier
 * knows why they are not in the export.
 */
const erasedInTheClear = async (store: EventStore): Promise<ReadonlySet<string>> => {
  const names = new Set<string>();
  const filter = { streamPrefixes: [streamPrefixes.removals], types: ['WebhookPayloadErasureCompleted'] };
  for await (const recorded of store.readAll({ filter })) {
    const event = parseEvent(recorded);
    if (!isEvent(event, 'WebhookPayloadErasureCompleted')) continue;
    const { webhookId, unencrypted } = event.data;
    for (const revision of unencrypted) names.add(`${streams.payloads(webhookId)}@${revision}`);
  }
  return names;
};

/** @throws ApiError 422 if the event store notices that no event has the position */
const requireEventAt = async (store: EventStore, position: Position): Promise<void> => {
  try {
    for await (const _ of store.readAll({ from: position, limit: 1 })) return;
  } catch (error) {
    if (!(error instanceof PositionNotInLog)) throw error;
    throw new ApiError(422, 'position_not_in_log', `No event of this log has the position ${position}.`);
  }
};

/** @throws ApiError 422 for a position in another log */
const positionOf = (text: string | undefined, incarnation: string): Position | null => {
  if (text === undefined) return null;
  const [of, position = ''] = text.split(':');
  if (of === incarnation) return BigInt(position);
  throw new ApiError(
    422,
    'position_in_another_log',
    `It is a position in another log: this one is ${incarnation}. A copy of a log has positions of its own.`,
  );
};
