// In short what `wrangler types` would write.
declare module "cloudflare:workers" {
  export const env: {
    readonly FLAGSMITH_ENVIRONMENT_KEY: string;
    readonly FLAGSMITH_API_URL?: string;
  };
}
