/** The same job as each API of the server shows it: one row in one engine. */
import { CopyText } from "../../../components/Copy";
import { Loaded } from "../../../components/Loaded";
import { OverlayBody, Sheet } from "../../../components/Overlay";
import { type ShownFace, useFaces } from "../../../queries/faces";
import type { JobDetail } from "../../../queries/jobs";

export function FacesSheet({ job, onClose }: { job: JobDetail; onClose: () => void }) {
  const faces = useFaces(job);
  return (
    <Sheet open onClose={onClose} title="This job in each API" about="All of them show the same job of the same engine. Those that the server serves are listed.">
      <OverlayBody>
        <Loaded query={faces} what="The other APIs could not be read">
          {(found) => found.map((shown) => <One key={shown.face.name} shown={shown} />)}
        </Loaded>
      </OverlayBody>
    </Sheet>
  );
}

function One({ shown: { face, path, status, body, refused } }: { shown: ShownFace }) {
  const command = `curl ${location.origin}${path}`;
  return (
    <section aria-label={face.name} className="mb-5">
      <h3 className="flex flex-wrap items-baseline gap-x-3 text-14">
        {face.name} <span className="text-12 font-normal text-muted">{face.noun}</span>
        {status && <code className="rounded-sm border border-line px-1.5 text-12">{status}</code>}
        {refused && <span className="text-12 font-normal text-muted">{refused}</span>}
      </h3>
      <p className="mt-1 flex items-start gap-2 rounded-md border border-line bg-panel px-2 py-1"><code className="min-w-0 flex-1 text-12 break-all">{command}</code><CopyText text={command} shown="" what={`the command for ${face.name}`} /></p>
      <details className="mt-1">
        <summary className="min-h-[24px] cursor-pointer text-12 text-muted">Its answer</summary>
        <pre tabIndex={0} className="max-h-80 overflow-auto rounded-md border border-line bg-panel p-2 text-12">{JSON.stringify(body, null, 2)}</pre>
      </details>
    </section>
  );
}
