/** Groups as one types them: with commas between. */
export const toGroups = (text: string): string[] => [...new Set(text.split(",").map((each) => each.trim()).filter(Boolean))];
export const fromGroups = (groups: readonly string[]): string => groups.join(", ");
