export { registration } from './registration.ts';
export { contextOf, failSpan, inSpan, serverKind, startSpan, traceparentOf } from './tracing.ts';
