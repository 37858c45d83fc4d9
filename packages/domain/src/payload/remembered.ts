/** A function of an object that is computed once for each object. The result is kept as long as the object. */
export const remembered = <Of extends object, Result extends object>(
  compute: (of: Of) => Result,
): ((of: Of) => Result) => {
  const known = new WeakMap<Of, Result>();
  return (of) => {
    let result = known.get(of);
    if (result === undefined) {
      result = compute(of);
      known.set(of, result);
    }
    return result;
  };
};
