import { Injectable, Param, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { notFound } from './not-found.ts';

const uuid = z.uuid();

/** A malformed id names nothing, so it gets the same response as an unknown id. */
const idOf = (what: string) => {
  @Injectable()
  class PathId implements PipeTransform<string, string> {
    transform(value: string): string {
      if (uuid.safeParse(value).success) return value.toLowerCase();
      throw notFound(what);
    }
  }
  return PathId;
};

/** Longer numbers would not fit the database's integers. */
const counted = /^[1-9]\d{0,8}$/;

/** A number that counts from 1. */
const numberOf = (what: string) => {
  @Injectable()
  class PathNumber implements PipeTransform<string, number> {
    transform(value: string): number {
      if (counted.test(value)) return Number(value);
      throw notFound(what);
    }
  }
  return PathNumber;
};

export const BoardId = () => Param('board_id', idOf('board'));
export const AgentId = () => Param('agent_id', idOf('agent'));
export const OpenclawGatewayId = () => Param('gateway_id', idOf('gateway'));
export const WebhookId = () => Param('webhook_id', idOf('webhook'));
export const PayloadId = () => Param('payload_id', idOf('payload'));
export const ReplayId = () => Param('replay_id', idOf('replay'));
export const EventId = () => Param('event_id', idOf('event'));
export const ResourceId = () => Param('resource_id', idOf('resource'));
export const ArrivalNumber = () => Param('arrival', numberOf('arrival'));
