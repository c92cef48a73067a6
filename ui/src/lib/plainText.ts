/** Text that anybody may have written: without the codes of terminals, and cut at its links. */

/** What moves the cursor, sets a title, makes a link or a colour. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const TERMINAL = /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[[0-9;:?]*[@-~])/gu;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/gu;
const LINK = /(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}])/u;

export const withoutCodes = (text: string): string => text.replace(TERMINAL, "").replace(CONTROL, "");

export type Part = { text: string; isLink: boolean };

/** Links are `http` and `https` alone; what ends a sentence is not part of one. */
export const partsOf = (text: string): Part[] =>
  withoutCodes(text).split(LINK).map((part, index) => ({ text: part, isLink: index % 2 === 1 })).filter((part) => part.text !== "");
