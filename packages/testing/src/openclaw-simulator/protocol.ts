import { ProtocolSchemas } from '@openclaw/gateway-protocol/schema';
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';

/** The protocol's published JSON schema validates every frame, in both directions. */
const ajv = new Ajv({ strict: false });

const compile = (schema: unknown): ValidateFunction => ajv.compile(schema as AnySchemaObject);

/** The parts that a history page shares with the published schema of its delta. The page itself has no schema. */
const historyParts = (): unknown => {
  const { properties } = ProtocolSchemas.ChatHistoryDeltaResult as unknown as {
    properties: Record<string, unknown>;
  };
  const { kind: _, sessionInfo: __, ...parts } = properties;
  return { type: 'object', required: ['messages'], properties: parts };
};

const requestFrame = compile(ProtocolSchemas.RequestFrame);
const responseFrame = compile(ProtocolSchemas.ResponseFrame);
const eventFrame = compile(ProtocolSchemas.EventFrame);

const params: Readonly<Record<string, ValidateFunction>> = {
  connect: compile(ProtocolSchemas.ConnectParams),
  'chat.send': compile(ProtocolSchemas.ChatSendParams),
  'chat.history': compile(ProtocolSchemas.ChatHistoryParams),
  'agent.wait': compile(ProtocolSchemas.AgentWaitParams),
  'chat.abort': compile(ProtocolSchemas.ChatAbortParams),
  'sessions.patch': compile(ProtocolSchemas.SessionsPatchParams),
  'sessions.reset': compile(ProtocolSchemas.SessionsResetParams),
  'sessions.delete': compile(ProtocolSchemas.SessionsDeleteParams),
};

const results: Readonly<Record<string, ValidateFunction>> = {
  connect: compile(ProtocolSchemas.HelloOk),
  'chat.history': compile(historyParts()),
  'sessions.delete': compile(ProtocolSchemas.SessionsDeleteResult),
};

/** The answer to a `chat.history` request with a cursor. */
const historySince = compile(ProtocolSchemas.ChatHistoryCursorResult);

const events: Readonly<Record<string, ValidateFunction>> = {
  chat: compile(ProtocolSchemas.ChatEvent),
  tick: compile(ProtocolSchemas.TickEvent),
};

export interface Request {
  readonly type: 'req';
  readonly id: string;
  readonly method: string;
  readonly params: unknown;
}

export interface OpenclawGatewayError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
}

export const isRequest = (frame: unknown): frame is Request => requestFrame(frame);

/** What the schema rejects in a request's parameters, or null. Unknown methods have no schema. */
export const objectionTo = (request: Request): string | null => {
  const validate = params[request.method];
  return !validate || validate(request.params) ? null : ajv.errorsText(validate.errors);
};

/** @throws Error if the simulator itself would violate the protocol */
export const responseText = (
  request: Request,
  answer: { readonly payload?: unknown; readonly error?: OpenclawGatewayError },
): string => {
  const frame = { type: 'res', id: request.id, ok: answer.error === undefined, ...answer };
  require(responseFrame, frame);
  const since = request.method === 'chat.history' && 'cursor' in (request.params as object);
  const result = since ? historySince : results[request.method];
  if (result && frame.ok) require(result, answer.payload);
  return JSON.stringify(frame);
};

export interface CheckedEvent {
  readonly event: string;
  /** JSON */
  readonly payload: string;
}

/**
 * An event that is written once for all connections.
 * @throws Error if the simulator itself would violate the protocol
 */
export const checkedEvent = (event: string, payload: unknown): CheckedEvent => {
  require(eventFrame, { type: 'event', event, payload });
  const validate = events[event];
  if (validate) require(validate, payload);
  return { event, payload: JSON.stringify(payload) };
};

/** @param seq position among the events of the connection */
export const eventText = ({ event, payload }: CheckedEvent, seq?: number): string =>
  `{"type":"event","event":"${event}","payload":${payload}${seq === undefined ? '' : `,"seq":${seq}`}}`;

const require = (validate: ValidateFunction, value: unknown): void => {
  if (!validate(value))
    throw new Error(`The simulator violated the protocol: ${ajv.errorsText(validate.errors)}`);
};
