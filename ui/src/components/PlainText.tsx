/** A description or a message as its author wrote it: text with links, and nothing else. */
import { partsOf } from "../lib/plainText";

export function PlainText({ text }: { text: string }) {
  return (
    <bdi>
      {partsOf(text).map((part, index) => (part.isLink ? <a key={index} href={part.text} target="_blank" rel="noreferrer" className="text-accent underline wrap-anywhere">{part.text}</a> : <span key={index}>{part.text}</span>))}
    </bdi>
  );
}
