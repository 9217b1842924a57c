// Writes the reports of the public API to packages/*/api: npm run api
import { updateApiReports } from "./src/api-reports.ts";

await updateApiReports();
