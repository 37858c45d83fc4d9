import { deepestEmbeddedJson, jsonDepth, parseJson } from './json.ts';

/** A form with more fields is shown as text. */
export const mostFields = 1_000;

/** Two levels are reserved for the document and for an array of values with the same name. */
const deepestValue = deepestEmbeddedJson - 2;

/**
 * The value of a field as a JSON text. An object or an array is kept as the sender wrote it (GitHub and Slack send their events in such a
 * field); everything else is a string.
 */
export const fieldJson = (value: string): string => {
  const json = value.trim();
  if (!/^[[{]/.test(json) || parseJson(json) === undefined) return JSON.stringify(value);
  return jsonDepth(json) <= deepestValue ? json : JSON.stringify(value);
};

/**
 * Fields as a JSON object, in the order of their first values. Several values of one name become an array. The object is built as text, so
 * that no name has a special meaning in JavaScript, names that are numbers keep their order, and numbers keep their digits.
 *
 * @param fields names with values as JSON texts
 */
export const fieldsJson = (fields: Iterable<readonly [name: string, json: string]>): string => {
  const members = new Map<string, string[]>();
  for (const [name, json] of fields) {
    const values = members.get(name);
    if (values) values.push(json);
    else members.set(name, [json]);
  }
  const texts = [...members].map(([name, values]) => {
    const [only, ...more] = values;
    return `${JSON.stringify(name)}:${more.length === 0 ? only : `[${values.join(',')}]`}`;
  });
  return `{${texts.join(',')}}`;
};
