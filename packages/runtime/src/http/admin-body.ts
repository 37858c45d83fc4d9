import { ApiError } from './api-error.ts';

/** Bytes of the largest request body that the admin API reads. The gateway knows it as well, because it forwards the requests. */
export const largestAdminBody = 1024 * 1024;

export const adminBodyTooLarge = (): ApiError =>
  new ApiError(413, 'body_too_large', 'The body is larger than 1 MiB.');
