/** Links to the code host, made from the `web_url` of a workspace: `https://…/blob/{revision}/{path}#L{line}`. */

/** A file at a line; null where the workspace has no code host, or its template is no web address. */
export function fileLink(template: string | null, revision: string, path: string, line?: number | null): string | null {
  if (!isWeb(template)) return null;
  const whole = line ? template : template.split("#")[0] ?? template;
  return filled(whole, revision).replaceAll("{path}", path.split("/").map(encodeURIComponent).join("/")).replaceAll("{line}", String(line ?? ""));
}

/** All files at a revision; null where the template has no revision before the path. */
export function revisionLink(template: string | null, revision: string): string | null {
  if (!isWeb(template)) return null;
  const end = template.indexOf("{revision}");
  return end < 0 ? null : filled(template.slice(0, end + "{revision}".length).replace("/blob/", "/tree/"), revision);
}

const isWeb = (template: string | null): template is string => template !== null && /^https?:\/\//.test(template);
const filled = (template: string, revision: string) => template.replaceAll("{revision}", encodeURIComponent(revision));
