import type { Random } from "./random.ts";
import type { Condition, Identity } from "./workload.ts";

const PLANS = ["free", "starter", "team", "business", "enterprise"];
const COUNTRIES = ["de", "fr", "gb", "us", "in", "br", "jp", "ca", "es", "pl", "za", "au"];
const COMPANIES = Array.from({ length: 40 }, (_, i) => `company-${i}`);
const MAIL_HOSTS = Array.from({ length: 8 }, (_, i) => `mail-${i}.example`);

/** Identities with eight traits each. */
export function createIdentities(random: Random, count: number): Identity[] {
  return Array.from({ length: count }, (_, i) => {
    const identifier = `user-${String(i).padStart(5, "0")}-${random.integer(100000, 999999)}`;
    return {
      identifier,
      traits: {
        plan: random.pick(PLANS),
        country: random.pick(COUNTRIES),
        company: random.pick(COMPANIES),
        email: `${identifier}@${random.pick(MAIL_HOSTS)}`,
        beta: random.next() < 0.3,
        age: random.integer(16, 80),
        orders: random.integer(0, 200),
        app_version: `${random.integer(1, 5)}.${random.integer(0, 20)}.${random.integer(0, 9)}`,
      },
    };
  });
}

/** One to three conditions on different traits. */
export function createConditions(random: Random): Condition[] {
  const every: Condition[] = [
    { operator: "EQUAL", trait: "plan", value: random.pick(PLANS) },
    { operator: "NOT_EQUAL", trait: "company", value: random.pick(COMPANIES) },
    { operator: "IN", trait: "country", values: random.pickSome(COUNTRIES, random.integer(3, 6)) },
    { operator: "CONTAINS", trait: "email", value: random.pick(MAIL_HOSTS) },
    { operator: "IS_TRUE", trait: "beta" },
    { operator: "AT_LEAST", trait: "age", value: random.integer(20, 60) },
    { operator: "LESS_THAN", trait: "orders", value: random.integer(30, 180) },
    { operator: "VERSION_AT_LEAST", trait: "app_version", value: `${random.integer(2, 4)}.5.0` },
  ];
  return random.pickSome(every, random.integer(1, 3));
}
