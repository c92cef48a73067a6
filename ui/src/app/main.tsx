import { setNonce } from "get-nonce";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ToastProvider } from "../components/Toast";
import { applyDensity } from "../lib/density";
import { followTheme } from "../lib/theme";
import { queryClient } from "../queries/client";
import { startLive } from "../queries/live/live";
import { router } from "./router";
import "./styles.css";

// Radix inserts style elements (the scroll lock of a dialog): the policy admits them with the nonce of this page.
setNonce(document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "");
followTheme();
applyDensity();
startLive(queryClient);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
