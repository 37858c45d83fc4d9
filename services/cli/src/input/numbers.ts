import { InvalidArgumentError } from 'commander';

/** Parses an option: a whole number between two bounds. */
export const numberFrom =
  (least: number, most: number) =>
  (text: string): number => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Parses an option: a number above 0, with or without decimals. */
export const positiveNumber = (text: string): number => {
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be a number above 0.');
};
