import { table } from './report.ts';

/** One figure, with its target if it has one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: string;
  readonly met?: boolean;
}

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export const figure = (name: string, value: number, unit: string, target?: Target): Figure => ({
  name,
  value,
  unit,
  ...(target && {
    target: 'atLeast' in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`,
    met: 'atLeast' in target ? value >= target.atLeast : value <= target.atMost,
  }),
});

export const figuresTable = (figures: readonly Figure[]): string =>
  table(
    figures.map(({ name, value, unit, target = '', met }) => ({
      figure: name,
      value,
      unit,
      target,
      '': met === undefined ? '' : met ? 'met' : 'MISSED',
    })),
  );
