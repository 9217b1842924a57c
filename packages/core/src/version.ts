/** The version of this SDK, as it is told to the API. */
export const version = "0.1.0";
