import { isMap, isScalar, type Pair, parseDocument, type Scalar } from 'yaml';
import { readChart } from './chart.spec-support.ts';

interface Value {
  readonly path: string;
  readonly description: string;
  readonly default: unknown;
}

/** A description begins with `-- `. It applies to the key below it, with everything in it. */
const descriptionOf = (comment: string | null | undefined): string => {
  const lines = (comment ?? '').split('\n').map((line) => line.trim());
  const first = lines.findIndex((line) => line.startsWith('-- '));
  return first === -1 ? '' : lines.slice(first).join(' ').slice(3).trim();
};

/** Every value of `values.yaml`, with its description; the description is empty if there is none. */
export const documentedValues = (): Value[] => {
  const values: Value[] = [];
  const visit = (node: unknown, path: string, inherited: string, own?: string | null): void => {
    if (!isMap(node)) return;
    (node.items as Pair<Scalar<string>, Scalar>[]).forEach(({ key, value }, index) => {
      // The parser gives the comment above the first key to the map.
      const comment = key.commentBefore ?? (index === 0 ? (own ?? node.commentBefore) : undefined);
      const description = descriptionOf(comment) || inherited;
      const name = path ? `${path}.${key.value}` : key.value;
      if (isMap(value) && value.items.length > 0) visit(value, name, description, value.commentBefore);
      else values.push({ path: name, description, default: isScalar(value) ? value.value : toJs(value) });
    });
  };
  visit(parseDocument(readChart('values.yaml')).contents, '', '');
  return values;
};

const toJs = (node: unknown): unknown => (node as { toJSON: () => unknown } | null)?.toJSON() ?? null;

/** The documentation of all values, in Markdown. */
export const valuesTable = (): string =>
  [
    '# Values',
    '',
    'Generated from the comments in `values.yaml` by `npm run test:chart -- -u`.',
    '',
    '| value | default | |',
    '| --- | --- | --- |',
    ...documentedValues().map(
      ({ path, description, default: value }) =>
        `| \`${path}\` | \`${JSON.stringify(value)}\` | ${description.replaceAll('|', '\\|')} |`,
    ),
    '',
  ].join('\n');
