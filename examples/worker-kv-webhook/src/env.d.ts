// The types that `wrangler types` generates.
declare namespace Cloudflare {
  interface Env {
    readonly FLAGS: KVNamespace;
    readonly FLAGSMITH_ENVIRONMENT_KEY: string;
    readonly FLAGSMITH_WEBHOOK_SECRET: string;
    readonly FLAGSMITH_API_URL?: string;
  }
}
