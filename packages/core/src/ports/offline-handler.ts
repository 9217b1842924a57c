/** Supplies an environment document where the API is not asked, or cannot be reached. */
export interface OfflineHandler {
  /**
   * The document as the API sends it; asked for when it is first needed, and by `updateEnvironment()` in offline
   * mode. It has what is left of the call's time, at least a second.
   */
  readonly getEnvironment: () => unknown;
}
