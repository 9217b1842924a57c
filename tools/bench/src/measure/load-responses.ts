/** Node.js loads its `Response` when it is first used; that is no client's cost. */
export async function loadResponses(): Promise<void> {
  await new Response("{}").json();
}
