import type { components } from "../../api/schema";

/** What a task or an approval asks for: one field of its form. */
export type InputField = components["schemas"]["InputField"];
