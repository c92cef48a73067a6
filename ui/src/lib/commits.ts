/** Commits as people read them. */

/** The first line of a message. */
export const subjectOf = (message: string): string => message.split("\n", 1)[0] ?? "";

/** `Ada Lovelace` of `Ada Lovelace <ada@example.org>`. */
export const nameOf = (author: string): string => author.replace(/\s*<[^>]*>$/, "") || author;
