import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { listMemoryAfter } from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';
import { Controller, Get, Headers, type OnModuleDestroy, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { queryFlag } from '../http/pages.ts';
import { BoardId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { memoryAnswerOfRow } from './memory-answer.ts';

class FollowMemoryQuery extends createZodDto(z.object({ is_chat: queryFlag.optional() })) {}

const pollMs = 500;
const keepAliveMs = 15_000;
const entriesAPoll = 100;
const mostFollowers = 200;

/**
 * Sends a board's new memory entries as server-sent events. The id of each is its log position, so a browser that reconnects
 * continues where it stopped.
 */
@ApiTags('Board memory')
@Controller('api/v1/boards/:board_id/memory/stream')
export class FollowMemory implements OnModuleDestroy {
  readonly #stopping = new AbortController();
  #followers = 0;

  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
  ) {}

  onModuleDestroy(): void {
    this.#stopping.abort();
  }

  @Get()
  @ApiOperation({
    summary: 'Follow board memory',
    description:
      'Server-sent events of type memory with the data {"memory": …}. A Last-Event-ID header resumes after that event.',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async follow(
    @BoardId() boardId: string,
    @Query() { is_chat: isChat }: FollowMemoryQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.reads.requireBoard(boardId);
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
    // Nothing would read the stream, so nothing would end it.
    if (reply.request.method === 'HEAD') return void reply.headers(headers).send();
    if (this.#followers >= mostFollowers) {
      throw new ApiError(503, 'too_many_followers', 'Too many clients are following board memory.', {
        headers: { 'retry-after': '10' },
      });
    }
    const from = /^\d{1,20}$/.test(lastEventId ?? '') ? BigInt(lastEventId ?? '') : await this.#head();
    const events = Readable.from(this.#events(boardId, from, isChat), { objectMode: false });
    this.#followers += 1;
    events.once('close', () => {
      this.#followers -= 1;
    });
    void reply.headers(headers).send(events);
  }

  async #head(): Promise<bigint> {
    return (await this.commands.store.head())?.position ?? -1n;
  }

  /** An error ends the stream. The follower reconnects with the id of the last entry that it saw. */
  async *#events(boardId: string, from: bigint, isChat: boolean | undefined): AsyncGenerator<string> {
    const { signal } = this.#stopping;
    let position = from;
    let saidAt = performance.now();
    yield ': following\n\n';
    while (!signal.aborted) {
      const rows = await listMemoryAfter(this.reads.db, boardId, position, entriesAPoll);
      for (const row of rows) {
        position = row.position ?? position;
        if (isChat !== undefined && row.is_chat !== isChat) continue;
        saidAt = performance.now();
        yield `id: ${position}\nevent: memory\ndata: ${JSON.stringify({ memory: memoryAnswerOfRow(row) })}\n\n`;
      }
      if (performance.now() - saidAt > keepAliveMs) {
        saidAt = performance.now();
        yield ': still here\n\n';
      }
      if (rows.length < entriesAPoll) await delay(pollMs, undefined, { signal }).catch(() => {});
    }
  }
}
