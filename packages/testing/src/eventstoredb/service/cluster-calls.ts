import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import {
  features,
  GossipService,
  gossip,
  ServerFeaturesService,
  StreamsService,
  shared,
} from './definitions.ts';
import type { Member, Session } from './session.ts';

/** The cluster's members. The client asks for them when its URL names several hosts or requests discovery. */
export const gossipCall =
  (session: Session): handleUnaryCall<Empty, ClusterInfo> =>
  async ({ metadata }, answer) => {
    const rejection = session.access.callerRejection(metadata);
    if (rejection) return answer(rejection);
    await session.gate.opened;
    answer(null, new gossip.ClusterInfo().setMembersList(session.members().map(memberInfo)));
  };

const memberInfo = ({ id, host, port, isLeader, isAlive }: Member) => {
  const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
  return new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(id))
    .setTimeStamp(`${Date.now()}0000`)
    .setState(isLeader ? LEADER : FOLLOWER)
    .setIsAlive(isAlive)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
};

const methodFeatures: Readonly<Record<string, readonly string[]>> = {
  [StreamsService.read.path]: ['position', 'events'],
  [StreamsService.batchAppend.path]: ['deadline_duration'],
};

/** The client uses this to choose between one append per call and many. */
export const supportedMethodsCall =
  (session: Session): handleUnaryCall<Empty, SupportedMethods> =>
  async ({ metadata }, answer) => {
    const rejection = session.access.callerRejection(metadata);
    if (rejection) return answer(rejection);
    await session.gate.opened;
    const definitions = [StreamsService, GossipService, ServerFeaturesService].flatMap((service) =>
      Object.values(service),
    );
    answer(
      null,
      new features.SupportedMethods()
        .setEventStoreServerVersion('24.6.0')
        .setMethodsList(definitions.map(({ path }) => supportedMethod(path))),
    );
  };

const supportedMethod = (path: string) => {
  const [, service = '', method = ''] = path.toLowerCase().split('/');
  return new features.SupportedMethod()
    .setServiceName(service)
    .setMethodName(method)
    .setFeaturesList([...(methodFeatures[path] ?? [])]);
};
