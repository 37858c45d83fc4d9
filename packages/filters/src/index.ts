export type { Verdict } from './evaluating/evaluate.ts';
export { Evaluator } from './evaluating/evaluator.ts';
export { faultIn } from './expression/check.ts';
