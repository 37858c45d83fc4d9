import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { rpcErrors } from './rpc-errors.ts';
import type { Session } from './session.ts';

export const notLeader = (session: Session, metadata: Metadata): StatusObject | undefined => {
  const [requiresLeader] = metadata.get('requires-leader');
  const leader = requiresLeader === 'true' ? session.leaderElsewhere() : undefined;
  return leader && rpcErrors.notLeader(leader.host, leader.port);
};

/** Why a call on a stream is rejected. */
export const rejectionOf = (session: Session, metadata: Metadata, stream: string): StatusObject | undefined =>
  session.access.callerRejection(metadata) ??
  (session.access.mayUse(stream, metadata) ? notLeader(session, metadata) : rpcErrors.accessDenied());
