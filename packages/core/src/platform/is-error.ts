/** Whether a value is an error, also of another realm: jest and `vm` give a program its own `Error`. */
export function isError(value: unknown): value is Error {
  return typeof Object(value).message === "string";
}
