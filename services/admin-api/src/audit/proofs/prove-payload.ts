import { streams } from '@mission-control/contracts';
import { canonicalText, inclusionProofRanges } from '@mission-control/merkle';
import { ApiError } from '@mission-control/runtime';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, PayloadId, WebhookId } from '../../http/path-ids.ts';
import { Commands } from '../../stores/commands.ts';
import { Reads } from '../../stores/reads.ts';
import { MerkleLog } from './merkle-log.ts';
import { proofOf, signedCheckpoint } from './proofs.ts';

class PayloadProof extends createZodDto(
  z.object({
    payload_id: z.uuid(),
    stream: z.string(),
    revision: z.int(),
    event: z
      .string()
      .describe(
        'The canonical text of the event (RFC 8785): the entry of the leaf. Its hash is SHA-256(0x00 ‖ UTF-8).',
      ),
    leaf_index: z.int(),
    leaf_hash: z.base64(),
    proof: proofOf('As in RFC 9162, 2.1.3, for the tree of the checkpoint.'),
    checkpoint: signedCheckpoint,
  }),
) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/proof')
export class ProvePayload {
  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
    private readonly merkle: MerkleLog,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Prove that a payload is in the Merkle log',
    description:
      'For its first arrival, up to the newest signed checkpoint. `verify_proof.py` verifies it. 409 `not_sealed` until a checkpoint covers the ' +
      'payload; 410 when the event is gone.',
  })
  @ZodResponse({ status: 200, type: PayloadProof })
  async prove(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
  ): Promise<PayloadProof> {
    const { stream_revision: revision } = await this.reads.payload(boardId, webhookId, payloadId);
    const { asStored: store } = this.commands;
    const stream = streams.payloads(webhookId);
    const [event] = await Promise.all([store.readEvent(stream, revision), this.merkle.refresh()]);
    if (event === 'gone') throw new ApiError(410, 'payload_gone', 'The event is gone.');
    const checkpoint = await this.merkle.checkpoint();
    const leaf = await this.merkle.leafOf(stream, revision, event.position);
    if (!leaf || leaf.index >= checkpoint.size)
      throw new ApiError(
        409,
        'not_sealed',
        'No signed checkpoint covers the payload yet. Try again in a minute.',
        {
          headers: { 'retry-after': '60' },
        },
      );
    const proof = await this.merkle.roots(inclusionProofRanges(leaf.index, checkpoint.size));
    return {
      ...{ payload_id: payloadId, stream, revision },
      event: canonicalText(event),
      leaf_index: leaf.index,
      leaf_hash: leaf.hash.toString('base64'),
      proof: proof.map((one) => one.toString('base64')),
      checkpoint,
    };
  }
}
