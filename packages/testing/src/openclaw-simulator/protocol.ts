import { ProtocolSchemas } from '@openclaw/gateway-protocol/schema';
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';

/** The protocol's published JSON schema validates every frame, in both directions. */
const ajv = new Ajv({ strict: false });

const compile = (schema: unknown): ValidateFunction => ajv.compile(schema as AnySchemaObject);

/** The parts that a history page shares with the published schema of its delta. The page itself has no schema. */
const historyParts = (): unknown => {
  const { properties } = ProtocolSchemas.ChatHistoryDeltaResult as unknown as {
    properties: Record<'messages' | 'pendingInputs' | 'inputReceipts', unknown>;
  };
  const { messages, pendingInputs, inputReceipts } = properties;
  return { type: 'object', required: ['messages'], properties: { messages, pendingInputs, inputReceipts } };
};

const requestFrame = compile(ProtocolSchemas.RequestFrame);
const responseFrame = compile(ProtocolSchemas.ResponseFrame);
const eventFrame = compile(ProtocolSchemas.EventFrame);

const params: Readonly<Record<string, ValidateFunction>> = {
  connect: compile(ProtocolSchemas.ConnectParams),
  'chat.send': compile(ProtocolSchemas.ChatSendParams),
  'chat.history': compile(ProtocolSchemas.ChatHistoryParams),
  'agent.wait': compile(ProtocolSchemas.AgentWaitParams),
  'sessions.patch': compile(ProtocolSchemas.SessionsPatchParams),
};

const results: Readonly<Record<string, ValidateFunction>> = {
  connect: compile(ProtocolSchemas.HelloOk),
  'chat.history': compile(historyParts()),
};

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
  const result = results[request.method];
  if (result && frame.ok) require(result, answer.payload);
  return JSON.stringify(frame);
};

/** @throws Error if the simulator itself would violate the protocol */
export const eventText = (event: string, payload: unknown, seq?: number): string => {
  const frame = { type: 'event', event, payload, ...(seq !== undefined && { seq }) };
  require(eventFrame, frame);
  const validate = events[event];
  if (validate) require(validate, payload);
  return JSON.stringify(frame);
};

const require = (validate: ValidateFunction, value: unknown): void => {
  if (!validate(value))
    throw new Error(`The simulator violated the protocol: ${ajv.errorsText(validate.errors)}`);
};
