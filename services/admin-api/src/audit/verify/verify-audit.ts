import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import { ApiError } from '@mission-control/runtime';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf, eventContextOf } from '../../http/caller.ts';
import { notFound } from '../../http/not-found.ts';
import { Commands } from '../../stores/commands.ts';
import { lastVerification, VerificationAnswer } from './verification-answer.ts';

@ApiTags('Audit')
@Controller('api/v1/audit/verify')
export class VerifyAudit {
  constructor(private readonly commands: Commands) {}

  @Post()
  @ApiOperation({
    summary: 'Verify the history',
    description:
      'Starts a job that compares every event with what was sealed in the Merkle log. GET shows the result. Rejected (409 ' +
      '`verification_running`) while one is running. It trusts this installation: `mcw audit verify` verifies an export without it.',
  })
  @ZodResponse({ status: 202, type: VerificationAnswer })
  async start(@CallerOf() caller: Caller): Promise<VerificationAnswer> {
    const { store } = this.commands;
    const last = await lastVerification(store);
    if (last?.answer.status === 'running') throw alreadyRunning();
    const data = { verificationId: newRandomId() };
    const event = asEvent({ type: 'AuditVerificationRequested', data }, eventContextOf(caller));
    const expected = last?.revision ?? 'no_stream';
    const { ok } = await store.append(streams.auditVerifications, expected, [event]);
    // Somebody else was faster.
    if (!ok) throw alreadyRunning();
    return this.show();
  }

  @Get()
  @ApiOperation({
    summary: 'Show the last verification of the history',
    description: '404 `verification_not_found` if none was requested.',
  })
  @ZodResponse({ status: 200, type: VerificationAnswer })
  async show(): Promise<VerificationAnswer> {
    const last = await lastVerification(this.commands.store);
    if (!last) throw notFound('verification');
    return last.answer;
  }
}

const alreadyRunning = (): ApiError =>
  new ApiError(409, 'verification_running', 'A verification is running. GET shows its result.');
