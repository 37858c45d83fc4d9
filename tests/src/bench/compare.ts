import { median, table } from './report.ts';

/** One figure of the product and the figure of the bare server from the same rounds. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly product: number;
  readonly bare: number;
  /** product / bare */
  readonly ratio: number;
  readonly target: string;
  readonly met: boolean;
}

export interface Contest {
  readonly name: string;
  readonly unit: string;
  readonly product: () => Promise<number>;
  readonly bare: () => Promise<number>;
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
}

/** Runs both sides alternately, after a warm-up round, and compares their medians. */
export const compare = async (contest: Contest, rounds: number): Promise<Comparison> => {
  const product: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [one, other] = [await contest.product(), await contest.bare()];
    if (round === 0) continue;
    product.push(one);
    bare.push(other);
  }
  return compared(contest, { product, bare });
};

/** Compares the medians of figures that were measured alternately. */
export const compared = (
  contest: Pick<Contest, 'name' | 'unit' | 'target'>,
  { product, bare }: { readonly product: readonly number[]; readonly bare: readonly number[] },
): Comparison => {
  const ratio = median(product) / median(bare);
  const { target } = contest;
  const met = 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
  process.stderr.write(`${contest.name}: ${ratio.toFixed(2)}${met ? '' : '  MISSED'}\n`);
  return {
    name: contest.name,
    unit: contest.unit,
    product: median(product),
    bare: median(bare),
    ratio,
    target: 'atLeast' in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`,
    met,
  };
};

/** Prints the comparisons as a table with a title to standard output. */
export const show = (title: string, comparisons: readonly Comparison[]): void => {
  const rows = comparisons.map(({ name, unit, product, bare, ratio, target, met }) => ({
    comparison: name,
    product,
    bare,
    unit,
    ratio,
    target,
    '': met ? 'met' : 'MISSED',
  }));
  process.stdout.write(`${title}\n${table(rows)}\n\n`);
};
