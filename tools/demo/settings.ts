import { FlagsmithAPIError, type FlagsmithClientError } from "@flagsmith-isomorphic/node";

const keyName = "FLAGSMITH_ENVIRONMENT_KEY";
const urlName = "FLAGSMITH_API_URL";

/** Address and key of an API. */
export interface Connection {
  readonly environmentKey: string;
  readonly apiUrl: string;
}

/** A mistake in the environment variables. */
export class SettingsError extends Error {}

/** Reads the connection from environment variables, if they are set. @throws {@link SettingsError} if only one of them is */
export function readConnection(env: NodeJS.ProcessEnv): Connection | undefined {
  const { [keyName]: environmentKey, [urlName]: apiUrl } = env;
  if (environmentKey && apiUrl) return { environmentKey, apiUrl };
  if (!environmentKey && !apiUrl) return undefined;
  const [set, missing] = environmentKey ? [keyName, urlName] : [urlName, keyName];
  throw new SettingsError(
    `${set} is set and ${missing} is not: set both, or neither for the embedded API.`,
  );
}

/** Explains an error of the SDK, with the variable that probably caused it. */
export function explainError(error: FlagsmithClientError): string {
  return `${findVariable(error)}: ${error.message}`;
}

function findVariable(error: FlagsmithClientError): string {
  if (!(error instanceof FlagsmithAPIError)) {
    return error.message.includes("environmentKey") ? keyName : urlName;
  }
  if ([401, 403].includes(error.status ?? 0)) return keyName;
  return urlName;
}
