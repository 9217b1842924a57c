import * as ours from "@flagsmith-isomorphic/node";
import { hasCorpora } from "corpora/read";
import { type Answers, format } from "./answers.ts";
import { type ClientModule, importClient, officialPackages, Session } from "./clients.ts";
import { createApi, type Question } from "./question.ts";
import { createQuestions } from "./questions.ts";
import { askedIds, type Difference, findRule, judgedId } from "./rules.ts";

/** Questions that are asked at the same time. */
const concurrency = 8;

const maxPrinted = 20;

/** Compares each installed official client with this SDK. Prints the result, and returns whether it is as documented. */
export async function compareClients(): Promise<boolean> {
  const questions = createQuestions();
  let isSuccess = true;
  if (!hasCorpora) console.log("../shared is absent: its 500 recorded documents are skipped");
  for (const name of officialPackages) {
    const official = await importClient(name);
    if (official === undefined) {
      console.log(`${name}: skipped, because it is not installed`);
      continue;
    }
    const differences = await findDifferences(official, questions);
    const counts = new Map<string, number>();
    const unlisted: Difference[] = [];
    for (const difference of differences) {
      const rule = findRule(difference);
      if (rule === undefined) unlisted.push(difference);
      else counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
    console.log(
      `${name}: ${questions.length} questions, ${differences.length} differences, ${unlisted.length} of them not listed`,
    );
    for (const [rule, count] of [...counts].sort()) console.log(`  ${count} × ${rule}`);
    for (const { question, aspect, official, ours } of unlisted.slice(0, maxPrinted)) {
      console.log(`  NOT LISTED ${question.name}, ${aspect}`);
      console.log(`    official ${format(official).slice(0, 400)}`);
      console.log(`    ours     ${format(ours).slice(0, 400)}`);
    }
    const old = [...askedIds].filter((id) => !counts.has(id) && (hasCorpora || id !== judgedId));
    for (const id of old) console.log(`  NOT FOUND ANY MORE ${id}`);
    if (unlisted.length + old.length > 0) isSuccess = false;
  }
  return isSuccess;
}

async function findDifferences(
  official: ClientModule,
  questions: readonly Question[],
): Promise<readonly Difference[]> {
  const waiting = [...questions];
  const differences: Difference[] = [];
  const work = async () => {
    for (let question = waiting.shift(); question !== undefined; question = waiting.shift()) {
      const [theirs, own] = await Promise.all([
        ask(official, question),
        ask(ours as unknown as ClientModule, question),
      ]);
      for (const aspect of new Set([...Object.keys(theirs), ...Object.keys(own)])) {
        if (format(theirs[aspect]) === format(own[aspect])) continue;
        const answers = { official: theirs[aspect], ours: own[aspect] };
        differences.push({ question, aspect, ...answers, all: { official: theirs, ours: own } });
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return differences;
}

async function ask(module: ClientModule, question: Question): Promise<Answers> {
  const session = new Session(module, createApi(question.document));
  try {
    return await question.ask(session);
  } catch (error) {
    return { thrown: String(error) };
  } finally {
    await session.close();
  }
}
