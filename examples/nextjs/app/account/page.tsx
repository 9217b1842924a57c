import { evaluate } from "flags/next";
import { darkMode, maxItems } from "../../flags";

/** Decides the flags of the visitor in the cookie, by one evaluation. */
export default async function AccountPage() {
  const values = await evaluate({ darkMode, maxItems });
  return <p className={values.darkMode ? "dark" : "light"}>{`${values.maxItems} items`}</p>;
}
