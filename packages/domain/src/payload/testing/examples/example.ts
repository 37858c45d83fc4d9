/** A payload as its sender sends it, and what it is about. */
export interface Example {
  readonly sender: string;
  readonly event: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly contentType: string;
  /** An object or an array; sent as a form if the content type says so. */
  readonly body: object;
  /** The member that matters most, as a JSON pointer. */
  readonly member: string;
}

/** @param headers one or more `name: value`, in lower case */
export const json = (
  sender: string,
  event: string | null,
  headers: string,
  member: string,
  body: object,
): Example => ({
  sender,
  event,
  headers: headers.split('; ').map((header) => header.split(': ') as [string, string]),
  contentType: 'application/json',
  member,
  body,
});

export const form = (...example: Parameters<typeof json>): Example => ({
  ...json(...example),
  contentType: 'application/x-www-form-urlencoded',
});

/** The body as it is sent. Objects in a form's fields are JSON. */
export const sentBody = ({ body, contentType }: Example): string =>
  contentType === 'application/json'
    ? JSON.stringify(body)
    : new URLSearchParams(
        Object.entries(body).map(([name, value]): [string, string] => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      ).toString();

const noise = Array.from({ length: 60 }, (_, n) => ({ id: n, url: `https://example.com/${'x'.repeat(80)}` }));

/** The example with some 7,000 characters before all else, as a sender may put them there. */
export const withNoise = (example: Example): Example => {
  const { body } = example;
  return {
    ...example,
    body: Array.isArray(body) ? [{ noise, ...body[0] }, ...body.slice(1)] : { noise, ...body },
  };
};
