export type { EvaluatedPayload, FilterFailure, PayloadRules, Verdict } from './evaluating/evaluate.ts';
export { Evaluator, type EvaluatorOptions } from './evaluating/evaluator.ts';
export { type ExpressionFault, faultIn, mostCharacters } from './expression/check.ts';
