// A short form of the types that `wrangler types` generates.
declare module "cloudflare:workers" {
  export const env: {
    readonly FLAGSMITH_ENVIRONMENT_KEY: string;
    readonly FLAGSMITH_API_URL?: string;
  };
}
