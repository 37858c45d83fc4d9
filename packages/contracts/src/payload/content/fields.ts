import { deepestEmbeddedJson, jsonDepth, parseJson } from './json.ts';

/** A form with more is shown as text. */
export const mostFields = 1_000;

/** The document and an array of values of one name lie around a field's value. */
const deepestValue = deepestEmbeddedJson - 2;

/**
 * The value of a field as a JSON text: an object or an array as the sender wrote it (GitHub and Slack send their events in such a field),
 * everything else as a string.
 */
export const fieldJson = (value: string): string => {
  const json = value.trim();
  if (!/^[[{]/.test(json) || parseJson(json) === undefined) return JSON.stringify(value);
  return jsonDepth(json) <= deepestValue ? json : JSON.stringify(value);
};

/**
 * Fields as a JSON object, in the order of their first values; several values of one name are an array. Made as text: no name means
 * anything to JavaScript, and numbers keep their order and digits.
 *
 * @param fields names, and values as JSON texts
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
