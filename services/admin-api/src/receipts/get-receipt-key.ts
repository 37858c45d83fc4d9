import { ApiError } from '@mission-control/runtime';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { pemOf, ReceiptKeys } from './receipt-keys.ts';

@ApiTags('Receipts')
@Controller('api/v1/receipt-keys/:key_id')
export class GetReceiptKey {
  constructor(private readonly keys: ReceiptKeys) {}

  @Get()
  @Header('content-type', 'application/x-pem-file')
  @ApiOperation({
    summary: 'Download a public key of receipts',
    description: 'Public. In PEM, as openssl reads it.',
  })
  @ApiOkResponse({
    description: 'SubjectPublicKeyInfo in PEM.',
    content: { 'application/x-pem-file': { schema: { type: 'string' } } },
  })
  async get(@Param('key_id') keyId: string): Promise<string> {
    const key = await this.keys.find(keyId);
    if (!key) throw new ApiError(404, 'receipt_key_not_found', 'Receipt key not found.');
    return pemOf(key);
  }
}
