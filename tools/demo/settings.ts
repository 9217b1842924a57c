import { FlagsmithAPIError, type FlagsmithClientError } from "@flagsmith-isomorphic/node";

const keyName = "FLAGSMITH_ENVIRONMENT_KEY";
const urlName = "FLAGSMITH_API_URL";

/** Which API to ask, and as whom. */
export interface Connection {
  readonly environmentKey: string;
  readonly apiUrl: string;
}

/** What the environment variables are wrong in. */
export class SettingsError extends Error {}

/** The API that the environment variables name, if they do. @throws {@link SettingsError} for half a pair. */
export function connectionFrom(env: NodeJS.ProcessEnv): Connection | undefined {
  const { [keyName]: environmentKey, [urlName]: apiUrl } = env;
  if (environmentKey && apiUrl) return { environmentKey, apiUrl };
  if (!environmentKey && !apiUrl) return undefined;
  const [given, missing] = environmentKey ? [keyName, urlName] : [urlName, keyName];
  throw new SettingsError(
    `${given} is set and ${missing} is not: set both, or neither for the embedded API.`,
  );
}

/** What the SDK complains of, with the variable that it got the option from. */
export function complaintOf(error: FlagsmithClientError): string {
  return `${variableFor(error)}: ${error.message}`;
}

function variableFor(error: FlagsmithClientError): string {
  if (!(error instanceof FlagsmithAPIError)) {
    return error.message.includes("environmentKey") ? keyName : urlName;
  }
  if ([401, 403].includes(error.status ?? 0)) return keyName;
  return urlName;
}
