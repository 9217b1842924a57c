// The types that `wrangler types` generates.
declare namespace Cloudflare {
  interface Env {
    readonly FLAGS: KVNamespace;
    readonly REFRESHER: DurableObjectNamespace<import("./refresher.ts").Refresher>;
    readonly FLAGSMITH_ENVIRONMENT_KEY: string;
    readonly FLAGSMITH_API_URL?: string;
  }
}
