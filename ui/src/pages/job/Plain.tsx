import { absolute } from "../../lib/time";

const TIME = /\b(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))/;

/** A sentence of the server, in which names of steps stand between backticks; times are shown as the viewer writes them. */
export const Plain = ({ text }: { text: string }) =>
  text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index} className="rounded-sm bg-panel px-1 text-12">{part}</code> : <Times key={index} text={part} />));

const Times = ({ text }: { text: string }) =>
  text.split(TIME).map((part, index) => (index % 2 === 1 ? <time key={index} dateTime={part}>{absolute(part)}</time> : <span key={index}>{part}</span>));
