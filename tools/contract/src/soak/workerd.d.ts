/** Bindings of the Worker, which workerd exposes to modules before the first request. */
declare module "cloudflare:workers" {
  export const env: {
    readonly SOAK: import("./soak-client.ts").SoakAddress;
    readonly STORE: import("@flagsmith-isomorphic/edge").KvNamespace;
  };
}

declare function addEventListener(
  type: "unhandledrejection",
  listener: (event: { readonly reason: unknown }) => void,
): void;
