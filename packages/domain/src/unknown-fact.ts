/** Does not compile if a case is missing. At run time, an unknown fact does not change the state. */
export const unchangedBy = <S>(state: S, _fact: never): S => state;
