import Page from "../page";

export default function DarkPage(props: PageProps<"/">) {
  return (
    <main className="dark">
      <Page {...props} />
    </main>
  );
}
