/** An error with a defined response: status, stable code and a sentence. `extra` members are added to the body. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { headers?: Record<string, string>; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.extra = more.extra ?? {};
  }
}

/** The body of every error response. */
export const errorBody = (error: ApiError, requestId: string) => ({
  code: error.code,
  detail: error.message,
  request_id: requestId,
  ...error.extra,
});

/** The headers of an error response. Error responses are for programs; the fixed headers make them harmless in a browser. */
export const errorHeaders = (error: ApiError, requestId: string) => ({
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-request-id': requestId,
  ...error.headers,
});
