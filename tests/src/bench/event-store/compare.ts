import { median } from '../report.ts';

/** One figure of the product beside the bare one of the same rounds. */
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

/** Runs both sides in turn, after one round for warm-up, and compares their medians. */
export const compare = async (contest: Contest, rounds: number): Promise<Comparison> => {
  const product: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [one, other] = [await contest.product(), await contest.bare()];
    if (round === 0) continue;
    product.push(one);
    bare.push(other);
  }
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
