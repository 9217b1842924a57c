import { expect, it } from "vitest";
import {
  createCompiler,
  environmentDocument,
  offlineHandlerWith,
  storageWith,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  recordingLogger,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

/** A document whose segments have unknown operators. */
function documentWithOperators(...operators: string[]) {
  const segments = operators.map((operator, id) => ({
    id,
    name: operator,
    rules: [{ type: "ALL", conditions: [{ operator, property_: "plan", value: "x" }] }],
  }));
  return environmentDocument("odd", { project: { segments } });
}

function lineOf(index: number, operator: string): string {
  return (
    `Segment "${operator}" (id ${index}): the ${operator} condition on "plan" is invalid ` +
    "(unknown operator). The condition never matches."
  );
}

it("logs each problem once, even if the document is loaded again", async () => {
  const platform = fakePlatform((_request, count) =>
    json(count < 3 ? documentWithOperators("NEW") : documentWithOperators("NEW", "NEWER")),
  );
  const logger = recordingLogger();
  const flagsmith = localClient(platform, { logger });
  const flags = await flagsmith.getIdentityFlags("user", { plan: "x" });
  expect(flags.getFeatureValue("banner")).toBe("odd");
  expect(await flagsmith.getIdentitySegments("user", { plan: "x" })).toEqual([]);
  expect(logger.warnings).toEqual([lineOf(0, "NEW")]);
  await platform.clock.advance(240_000);
  expect(logger.warnings).toEqual([lineOf(0, "NEW"), lineOf(1, "NEWER")]);
});

it("logs a problem once for the storage, the API and the offline handler", async () => {
  const platform = fakePlatform(
    (_request, count) => (count === 1 ? status(500) : json(documentWithOperators("NEW"))),
    {
      retryPolicy: steadyPolicy(0, 0),
    },
  );
  const logger = recordingLogger();
  const flagsmith = localClient(platform, {
    logger,
    storage: storageWith(0, { document: documentWithOperators("NEW") }),
    offlineHandler: offlineHandlerWith(documentWithOperators("OTHER")),
  });
  await flagsmith.ready();
  await platform.clock.advance(120_000);
  expect(logger.warnings.filter((line) => line.includes("never matches"))).toEqual([
    lineOf(0, "NEW"),
  ]);
});

it("stops logging at a thousand problems", () => {
  const logger = recordingLogger();
  const compiler = createCompiler(logger);
  const operators = Array.from({ length: 1100 }, (_each, index) => `ODD ${index}`);
  expect(compiler.compile(documentWithOperators(...operators), "local")).toMatchObject({
    source: "local",
  });
  expect(logger.warnings).toHaveLength(1000);
});

it("an environment has its source and its updated_at", () => {
  const compiler = createCompiler();
  for (const source of ["local", "storage", "offline"] as const) {
    const environment = compiler.compile(environmentDocument("x", { updated_at: "2026" }), source);
    expect(environment).toMatchObject({ source, updatedAt: "2026" });
  }
});

it.each([undefined, null, 42, "document", [], () => 1])(
  "refuses a document that is %s, with an empty path",
  (document) => {
    expect(createCompiler().compile(document, "offline")).toEqual({ refused: "" });
  },
);
