import { ApiError } from '@mission-control/runtime';

export const notFound = (what: string): ApiError =>
  new ApiError(404, `${what}_not_found`, `${what[0]?.toUpperCase()}${what.slice(1)} not found.`);
