import { checkAgents } from "../../../contract/src/host/agent-checks.ts";
import { checkConditions } from "../../../contract/src/host/condition-checks.ts";
import { checkDeadConnections } from "../../../contract/src/host/dead-connection-checks.ts";
import { checkDeclaredValues } from "../../../contract/src/host/declared-values.ts";
import { checkPackages } from "../../../contract/src/host/package-checks.ts";
import { readPacked } from "../../../contract/src/host/packed.ts";
import { checkPackedAgain } from "../../../contract/src/host/packed-again.ts";
import { checkPrograms } from "../../../contract/src/host/program-checks.ts";
import { checkTestRunners } from "../../../contract/src/host/test-runner-checks.ts";
import { checkTypes } from "../../../contract/src/host/type-checks.ts";
import { checkLicenses } from "../../../release/src/licenses.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Checks that the tarballs can be imported, required and typed. */
export const run: RunPart = async (_selection, { group }) => {
  const { packages, consumer } = await readPacked();
  group(groupResults("tarballs", await checkPackages(packages)));
  group(groupResults("packed again", await checkPackedAgain(packages)));
  group(groupResults("licences", await checkLicenses()));
  group(groupResults("exports", await checkDeclaredValues(packages, consumer)));
  group(groupResults("conditions", await checkConditions(consumer)));
  group(groupResults("programs", await checkPrograms(packages)));
  group(groupResults("test runners", await checkTestRunners(consumer)));
  group(groupResults("agents", await checkAgents()));
  group(groupResults("dead connections", await checkDeadConnections()));
  group(groupResults("types", await checkTypes(consumer)));
};
