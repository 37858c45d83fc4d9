export { registration } from './registration.ts';
export { contextOf, errorTypeOf, failSpan, inSpan, startSpan, traceparentOf } from './tracing.ts';
