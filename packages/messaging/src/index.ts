export { connectMessaging, type Messaging } from './connection/connect.ts';
export { type LaneState, listLanes } from './lanes/lanes.ts';
export { largestBacklog } from './lanes/stream.ts';
export { PublisherFenced } from './publishing/errors.ts';
export { DeliveryPublisher } from './publishing/publisher.ts';
export { FaultsToTransport } from './transport/faults-to-transport.ts';
export { deliveryPattern, JetStreamLanes, LaneContext } from './transport/jetstream-lanes.ts';
