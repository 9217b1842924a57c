import { compareApiReports } from "./api-reports.ts";

/** Result of comparing the reports with the API. */
interface ReportResult {
  readonly name: string;
  readonly failure?: string;
}

/** Checks that the reports of the public API are up to date. */
export async function checkApiReports(): Promise<ReportResult[]> {
  const differences = await compareApiReports();
  if (differences.length === 0) return [{ name: "the reports in packages/*/api are up to date" }];
  return differences.map(({ report, diff }) => ({
    name: `packages/${report} is up to date`,
    failure: `The public API has changed. Review the change, and run: npm run api\n${diff}`,
  }));
}
