import react from "@vitejs/plugin-react";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

/** The server whose API `npm run dev` shows. */
const server = process.env.GITFLOW_SERVER ?? "http://127.0.0.1:8080";

/** Libraries by when they are needed, so that a page's libraries are not part of the first load. */
const CHUNKS = [
  { name: "base", test: /node_modules\/(react|react-dom|scheduler|@tanstack\/(react-)?(router|query|history|store|router-core|query-core)|use-sync-external-store|openapi-fetch|get-nonce)\// },
  { name: "table", test: /node_modules\/@tanstack\/(react-)?(virtual|table)/ },
];

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // The server replaces this by a fresh nonce in each answer (src/gitflow/api/pages/policy.py).
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2022",
    // The policy allows neither inline scripts nor data: as a source of scripts.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: CHUNKS } } },
  },
  worker: { format: "es" },
  server: {
    proxy: Object.fromEntries(["/api", "/hooks", "/openapi.json", "/healthz"].map((path) => [path, { target: server, ws: true }])),
  },
});
