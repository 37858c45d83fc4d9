/** Fails to compile if an event type is not handled; at run time, an unknown event leaves the row unchanged. */
export const unchangedBy = <R>(row: R, _type: never): R => row;
