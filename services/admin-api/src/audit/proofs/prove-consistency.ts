import { consistencyProofRanges } from '@mission-control/merkle';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { MerkleLog } from './merkle-log.ts';
import { invalid, proofOf } from './proofs.ts';

const noSize = { error: 'must be the size of a signed checkpoint: a whole number, 1 or more' };
const size = z.coerce.number(noSize).int(noSize).min(1, noSize).max(Number.MAX_SAFE_INTEGER, noSize);

class ConsistencyQuery extends createZodDto(
  z.object({
    from: size.describe('Size of the older signed checkpoint.'),
    to: size.describe('Size of the newer one.'),
  }),
) {}

const root = z.base64().describe('Base64. Compare it with that of the checkpoint.');

class ConsistencyAnswer extends createZodDto(
  z.object({
    from: z.object({ size: z.int(), root }),
    to: z.object({ size: z.int(), root }),
    proof: proofOf('As in RFC 9162, 2.1.4.'),
  }),
) {}

@ApiTags('Audit')
@Controller('api/v1/audit/consistency')
export class ProveConsistency {
  constructor(private readonly merkle: MerkleLog) {}

  @Get()
  @ApiOperation({
    summary: 'Prove that one signed checkpoint continues another',
    description:
      'The leaves of the older one are the first leaves of the newer one: nothing was changed or removed between them.',
  })
  @ZodResponse({ status: 200, type: ConsistencyAnswer })
  async prove(@Query() { from, to }: ConsistencyQuery): Promise<ConsistencyAnswer> {
    await this.merkle.refresh();
    if (from > to) throw invalid('sizes_reversed', '`from` is larger than `to`.');
    if (to > this.merkle.size)
      throw invalid(
        'tree_smaller',
        `The Merkle log has ${this.merkle.size} leaves, which is fewer than \`to\`.`,
      );
    const [first, second, ...proof] = await this.merkle.roots([
      { start: 0, end: from },
      { start: 0, end: to },
      ...consistencyProofRanges(from, to),
    ]);
    return {
      from: { size: from, root: textOf(first) },
      to: { size: to, root: textOf(second) },
      proof: proof.map(textOf),
    };
  }
}

const textOf = (hash: Buffer | undefined): string => hash?.toString('base64') ?? '';
