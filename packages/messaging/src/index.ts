export { connectMessaging, type Messaging } from './connection/connect.ts';
export { isWaiting, largestBacklog } from './lanes/stream.ts';
export { PublisherFenced } from './publishing/errors.ts';
export { DeliveryPublisher, watchPublishers } from './publishing/publisher.ts';
export { FaultsToTransport } from './transport/faults-to-transport.ts';
export { JetStreamLanes } from './transport/jetstream-lanes.ts';
export { LaneContext, type LaneMessage, type LaneOwnership, lanePattern } from './transport/lane-context.ts';
