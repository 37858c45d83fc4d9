import { InvalidArgumentError } from 'commander';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Parses an id, so that nothing else gets into a path. */
export const idFrom = (text: string): string => {
  const id = text.trim().toLowerCase();
  if (uuid.test(id)) return id;
  throw new InvalidArgumentError('It must be an id (a UUID).');
};

/** For an option that may be given several times. */
export const idsFrom = (text: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  idFrom(text),
];

export const boardFrom = (text: string): string => {
  if (/^[\w-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the id or the slug of a board.');
};

export const isId = (text: string): boolean => uuid.test(text.toLowerCase());

/** The name of a projection. */
export const nameFrom = (text: string): string => {
  if (/^[a-z][a-z0-9_-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of a projection: mcw projections list shows them.');
};
