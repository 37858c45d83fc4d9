import { parse } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import { childrenOf } from './children.ts';
import { compilePattern, environment, variables } from './environment.ts';

export interface ExpressionFault {
  /** What is wrong, as the end of a sentence that begins with the position. */
  readonly fault: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export const mostCharacters = 2_000;
/** Levels of nested operators, calls, members and lists. */
const deepest = 60;
/** Each runs once for every element of a list; those within another one, for every element of both. */
const mostComprehensions = 8;
const mostNestedComprehensions = 2;

/** Names of types, as in `type(body.id) == int`. */
const types: ReadonlySet<string> = new Set(
  'bool bytes double int list map null_type string type uint'.split(' '),
);

/**
 * What is wrong with an expression; null: it can be saved. An expression that passes may still fail on a payload, which may not have the
 * members that it reads.
 */
export const faultIn = (text: string): ExpressionFault | null => {
  if (text.length > mostCharacters)
    return { fault: `it has more than ${mostCharacters} characters`, line: 1, column: mostCharacters + 1 };
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text);
  } catch (error) {
    return faultOfParser(error);
  }
  const found = faultInTree(parsed.expr);
  if (!found) return null;
  return { fault: found.fault, ...placeOf(text, parsed.sourceInfo?.positions[String(found.id)] ?? 0) };
};

const faultOfParser = (error: unknown): ExpressionFault => {
  const { location, found } = error as {
    location?: { start: { line: number; column: number } };
    found?: string | null;
  };
  if (!location) return { fault: 'it is nested too deeply', line: 1, column: 1 };
  const { line, column } = location.start;
  const what = !found ? 'the expression ends too early' : `"${found}" is not expected`;
  return { fault: what, line, column };
};

const placeOf = (text: string, offset: number) => {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
};

interface Visit {
  readonly expr: Expr;
  readonly depth: number;
  readonly comprehensions: number;
  /** Variables of the comprehensions around it. */
  readonly bound: ReadonlySet<string>;
}

type Found = { readonly fault: string; readonly id: bigint };

const faultInTree = (root: Expr): Found | null => {
  const visits: Visit[] = [{ expr: root, depth: 1, comprehensions: 0, bound: new Set<string>(variables) }];
  let comprehensions = 0;
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { expr, depth } = visit;
    if (depth > deepest) return { fault: 'it is nested too deeply', id: expr.id };
    const fault = faultOf(visit);
    if (fault !== null) return { fault, id: expr.id };
    let { bound } = visit;
    let within = visit.comprehensions;
    if (expr.exprKind.case === 'comprehensionExpr') {
      comprehensions += 1;
      within += 1;
      if (comprehensions > mostComprehensions)
        return {
          fault: `it has more than ${mostComprehensions} macros such as exists() and map()`,
          id: expr.id,
        };
      if (within > mostNestedComprehensions)
        return {
          fault: `more than ${mostNestedComprehensions} macros such as exists() and map() are nested`,
          id: expr.id,
        };
      const { iterVar, iterVar2, accuVar } = expr.exprKind.value;
      bound = new Set([...bound, iterVar, iterVar2, accuVar]);
    }
    for (const child of childrenOf(expr))
      visits.push({ expr: child, depth: depth + 1, comprehensions: within, bound });
  }
  return null;
};

const faultOf = ({ expr: { exprKind }, bound }: Visit): string | null => {
  if (exprKind.case === 'identExpr') {
    const { name } = exprKind.value;
    return bound.has(name) || types.has(name)
      ? null
      : `there is no variable ${name}; there are ${variables.join(', ')}`;
  }
  if (exprKind.case === 'structExpr' && exprKind.value.messageName !== '')
    return `there is no type ${exprKind.value.messageName}`;
  if (exprKind.case !== 'callExpr') return null;
  const { function: name, args } = exprKind.value;
  if (!isKnown(name)) return `there is no function ${name}()`;
  const [pattern] = args.slice(-1);
  if (name === 'matches' && pattern?.exprKind.case === 'constExpr') {
    const { constantKind } = pattern.exprKind.value;
    if (constantKind.case === 'stringValue') return faultOfPattern(constantKind.value);
  }
  return null;
};

/** Operators that the planner handles without a function. */
const operators: ReadonlySet<string> = new Set(['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false']);

const isKnown = (name: string): boolean => operators.has(name) || environment.funcs.find(name) !== undefined;

const faultOfPattern = (pattern: string): string | null => {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    return `the regular expression is not valid: ${(error as Error).message}`;
  }
};
