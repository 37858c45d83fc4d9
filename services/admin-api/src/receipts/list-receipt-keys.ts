import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { pemOf, ReceiptKeys } from './receipt-keys.ts';

class ReceiptKeyList extends createZodDto(
  z.object({
    items: z.array(
      z.object({
        key_id: z.string().describe('The kid of receipts that were signed with it.'),
        algorithm: z.literal('Ed25519'),
        public_key: z.string().describe('SubjectPublicKeyInfo in PEM.'),
        created_at: z.iso.datetime(),
      }),
    ),
  }),
) {}

@ApiTags('Receipts')
@Controller('api/v1/receipt-keys')
export class ListReceiptKeys {
  constructor(private readonly keys: ReceiptKeys) {}

  @Get()
  @ApiOperation({
    summary: 'List the public keys of receipts',
    description:
      'Public, so that anyone can verify a receipt. Oldest first; the last one signs. Empty until the first receipt was given.',
  })
  @ZodResponse({ status: 200, type: ReceiptKeyList })
  async list(): Promise<ReceiptKeyList> {
    const items = (await this.keys.list()).map((key) => ({
      key_id: key.keyId,
      algorithm: 'Ed25519' as const,
      public_key: pemOf(key),
      created_at: key.createdAt,
    }));
    return { items };
  }
}
