/** Fails to compile where a case is missing; at run time an unknown fact leaves the state as it is. */
export const unchangedBy = <S>(state: S, _fact: never): S => state;
