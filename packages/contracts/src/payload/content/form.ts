import { fieldJson, fieldsJson, mostFields } from './fields.ts';

/** A name, written as forms write it, and an equals sign. curl calls XML and broken JSON a form, too. */
const beginsAsForm = /^(?![[{<])[^\s<>{}"=]*=/;

/** A form (https://url.spec.whatwg.org/#urlencoded-parsing) as a JSON object. null: it is none, or has too many fields. */
export const formJson = (text: string): string | null => {
  if (!beginsAsForm.test(text) || text.split('&', mostFields + 1).length > mostFields) return null;
  const fields = new URLSearchParams(text.startsWith('?') ? `&${text}` : text);
  return fieldsJson([...fields].map(([name, value]) => [name, fieldJson(value)] as const));
};
