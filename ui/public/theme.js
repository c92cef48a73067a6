// Before the style sheet, so that a page in the other theme does not flash. src/lib/theme.ts writes the choice.
const choice = localStorage.getItem("gitflow.theme");
const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.dataset.theme = dark ? "dark" : "light";
