import { respond } from "./respond.ts";

const worker: { fetch(request: Request): Promise<Response> } = { fetch: respond };

// biome-ignore lint/style/noDefaultExport: workerd takes a Worker's handlers from the default export.
export default worker;
