import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./global.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { Frame } from "./frame";
import { queries } from "./reads";
import { SignedIn } from "./sign-in";
import type { Config } from "./sign-in/session";
import { Failed } from "./states";
import { theme, variables } from "./theme";
import { watchForNew } from "./updates";

const root = createRoot(document.getElementById("root") as HTMLElement);

async function start(): Promise<void> {
  const found = await fetch("/config.json");
  if (!found.ok) throw new Error(`The console's settings (/config.json) were answered ${found.status}.`);
  const config = (await found.json()) as Config;
  root.render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
        <Notifications position="top-center" />
        <QueryClientProvider client={queries}>
          <SignedIn config={config}>
            <BrowserRouter>
              <Frame />
            </BrowserRouter>
          </SignedIn>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
  if (config.service_worker) watchForNew();
}

start().catch((error: unknown) =>
  root.render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Failed error={error} again={() => window.location.reload()} />
    </MantineProvider>,
  ),
);
