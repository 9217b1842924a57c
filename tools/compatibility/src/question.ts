import {
  createFlagsmithApi,
  type FlagsmithApi,
  type WireDocument,
} from "@flagsmith-isomorphic/testing";
import type { DocumentCase } from "corpora";
import type { Answers } from "./answers.ts";
import type { Session } from "./clients.ts";

/** A question to both clients. */
export interface Question {
  readonly name: string;
  readonly mode: "local" | "remote" | "offline" | "none";
  readonly document: WireDocument;
  readonly ask: (session: Session) => Promise<Answers>;
  /** The recorded case of the question, with the result of the official Python client. */
  readonly judge?: DocumentCase;
}

/** The modes in which most questions are asked. */
export const modes = ["remote", "local"] as const;

/** One of the {@link modes}. */
export type Mode = (typeof modes)[number];

/** The options of a mode. */
export const createOptions = (mode: Mode) => ({ enableLocalEvaluation: mode === "local" });

/** Creates the API of a question. */
export function createApi(document: WireDocument): FlagsmithApi {
  return createFlagsmithApi({ document, extraKeys: ["client-key"] });
}
