/**
 * Whether a value is an error, also of another realm: jest and `vm` give a program its own `Error`. A plain object with a
 * message has no name.
 */
export function isError(value: unknown): value is Pick<Error, "message"> & Partial<Error> {
  return typeof Object(value).message === "string";
}
