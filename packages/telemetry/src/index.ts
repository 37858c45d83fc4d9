export { registration } from './registration.ts';
export { startTelemetry } from './start-telemetry.ts';
export { contextOf, errorTypeOf, failSpan, inSpan, startSpan, traceparentOf } from './tracing.ts';
