import { ApiError } from '@mission-control/runtime';

/** @param what the API's word; a `gateway` there is an OpenClaw gateway */
export const notFound = (what: string): ApiError => {
  const name = what === 'gateway' ? 'OpenClaw gateway' : `${what[0]?.toUpperCase()}${what.slice(1)}`;
  return new ApiError(404, `${what}_not_found`, `${name} not found.`);
};

export const contentErased = (): ApiError =>
  new ApiError(410, 'content_erased', 'An admin erased the content of this payload for good.');
