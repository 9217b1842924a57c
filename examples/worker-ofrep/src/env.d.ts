// The types that `wrangler types` generates.
declare namespace Cloudflare {
  interface Env {
    readonly FLAGSMITH_ENVIRONMENT_KEY: string;
    readonly FLAGSMITH_API_URL?: string;
    readonly OFREP_TOKEN: string;
  }
}
