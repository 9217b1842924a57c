/** The version of this SDK, sent to the API. */
export const version = "0.1.0";
