import type { DefinedFlags, FlagDefinitions, FlagValues } from "@flagsmith-isomorphic/core";
import type { FlagDeclaration, GenerousOption } from "flags";
import type { FlagsmithAdapter, FlagsmithFlagAdapter } from "./flagsmith-adapter.ts";
import type { FlagsmithEntities } from "./identify.ts";
import { toggleOptions } from "./provider-data.ts";

/** The declarations of defined flags, by feature name, for `flag()` of `flags/next` or `flags/sveltekit`. */
export type VercelFlagDeclarations<D extends FlagDefinitions> = {
  readonly [Name in keyof D]: FlagDeclaration<FlagValues<D>[Name], FlagsmithEntities> & {
    readonly adapter: FlagsmithFlagAdapter<FlagValues<D>[Name]>;
  };
};

/**
 * Declares defined flags for the Flags SDK, with their types, defaults, descriptions and options. All of them are
 * evaluated together.
 *
 * A flag has its default if the feature is unknown or has another value, or if the client fails. Except for toggles, also
 * if the feature is off.
 *
 * @param definition - created by `defineFlags`.
 *
 * @example
 * const declarations = toVercelFlags(appFlags, flagsmithAdapter);
 * export const darkMode = flag(declarations.dark_mode);
 * export const maxItems = flag({ ...declarations.max_items, options: [10, 25, 50] });
 */
export function toVercelFlags<D extends FlagDefinitions>(
  definition: DefinedFlags<D>,
  flagsmithAdapter: FlagsmithAdapter,
): VercelFlagDeclarations<D> {
  const adapter = flagsmithAdapter.custom<unknown>(
    (flags, name) => definition.read(flags, name).value,
    (name) => definition.definitions[name]?.defaultValue,
  );
  const declarations = Object.entries(definition.definitions).map(([key, definition]) => {
    const { defaultValue, description, of, valueType } = definition;
    const options = valueType === undefined ? toggleOptions : of;
    const declaration = {
      key,
      adapter,
      defaultValue,
      description,
      ...(options && { options: [...options] as GenerousOption<unknown>[] }),
    };
    return [key, declaration];
  });
  return Object.fromEntries(declarations);
}
