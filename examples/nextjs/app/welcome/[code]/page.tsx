import { darkMode, maxItems, welcomeFlags } from "../../../flags";

/** Each combination of flags is a static page, which is rendered when it is requested first. */
export const generateStaticParams = () => [];

export default async function WelcomePage({ params }: PageProps<"/welcome/[code]">) {
  const { code } = await params;
  const isDark = await darkMode(code, welcomeFlags);
  return (
    <p className={isDark ? "dark" : "light"}>{`${await maxItems(code, welcomeFlags)} items`}</p>
  );
}
