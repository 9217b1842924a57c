import * as ours from "@flagsmith-isomorphic/node";
import { hasCorpora } from "corpora/read";
import { mapConcurrently } from "../../contract/src/map-concurrently.ts";
import { type Answers, format } from "./answers.ts";
import { type ClientModule, Session } from "./clients.ts";
import { createApi, type Question } from "./question.ts";
import { createQuestions } from "./questions.ts";
import { askedIds, type Difference, findRule, judgedId } from "./rules.ts";

/** Questions that are asked at the same time. */
const concurrency = 8;

const maxPrinted = 20;

/** Compares an official client with this SDK, and prints how often each documented difference occurs. */
export async function compareWith(name: string, official: ClientModule): Promise<void> {
  const questions = createQuestions();
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
  const old = [...askedIds].filter((id) => !counts.has(id) && (hasCorpora || id !== judgedId));
  const problems = [
    ...unlisted.slice(0, maxPrinted).map(describe),
    ...old.map((id) => `${id} is listed, but not found any more`),
  ];
  if (problems.length > 0) throw new Error(`${unlisted.length} not listed\n${problems.join("\n")}`);
}

function describe({ question, aspect, official, ours }: Difference): string {
  const [theirs, own] = [official, ours].map((answer) => format(answer).slice(0, 400));
  return `${question.name}, ${aspect}\n  official ${theirs}\n  ours     ${own}`;
}

async function findDifferences(
  official: ClientModule,
  questions: readonly Question[],
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  await mapConcurrently(questions, concurrency, async (question) => {
    const [theirs, own] = await Promise.all([
      ask(official, question),
      ask(ours as unknown as ClientModule, question),
    ]);
    for (const aspect of new Set([...Object.keys(theirs), ...Object.keys(own)])) {
      if (format(theirs[aspect]) === format(own[aspect])) continue;
      const answers = { official: theirs[aspect], ours: own[aspect] };
      differences.push({ question, aspect, ...answers, all: { official: theirs, ours: own } });
    }
  });
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
