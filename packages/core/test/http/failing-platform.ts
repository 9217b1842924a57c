import { apiFlag, fakePlatform, json, type Responder } from "../fake-platform.ts";

/** Responds with one flag. */
export const found: Responder = () => json([apiFlag("banner")]);

/** A platform whose API fails with these answers in turn, then succeeds. */
export function failing(...answers: readonly Responder[]) {
  return fakePlatform((request, count) => (answers[count - 1] ?? found)(request, count));
}
