import { EmptyState } from "../../components/States";
import { PageHead } from "../../components/PageHead";

/** A place of the rail whose page is not built yet: it names the command that shows the same. */
export function ComingPage({ title, command }: { title: string; command: string }) {
  return (
    <>
      <PageHead title={title} />
      <EmptyState title="This page is not built yet; the command line shows the same:" command={command} />
    </>
  );
}
