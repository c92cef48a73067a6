/** A sentence of the server, in which names of steps stand between backticks. */
export const Plain = ({ text }: { text: string }) =>
  text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index} className="rounded-sm bg-panel px-1 text-12">{part}</code> : <span key={index}>{part}</span>));
