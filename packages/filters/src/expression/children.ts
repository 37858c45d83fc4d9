import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';

/** The direct parts of an expression. */
export const childrenOf = ({ exprKind }: Expr): Expr[] => {
  switch (exprKind.case) {
    case 'selectExpr':
      return present(exprKind.value.operand);
    case 'callExpr':
      return [...present(exprKind.value.target), ...exprKind.value.args];
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) => [
        ...present(keyKind.case === 'mapKey' ? keyKind.value : undefined),
        ...present(value),
      ]);
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present(iterRange, accuInit, loopCondition, loopStep, result);
    }
    default:
      return [];
  }
};

const present = (...parts: (Expr | undefined)[]): Expr[] => parts.filter((part) => part !== undefined);
