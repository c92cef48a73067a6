import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "tests/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "max-lines": ["error", 250],
    },
  },
  {
    files: ["public/*.js", "scripts/*.mjs"],
    languageOptions: { globals: { localStorage: "readonly", matchMedia: "readonly", URL: "readonly", document: "readonly", console: "readonly", process: "readonly" } },
  },
);
