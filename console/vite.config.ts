import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** What a rep's phone keeps, so that the app opens without a network: the page and what these modules need. */
const KEPT = /\/src\/(main|screens\/(next|mine|my-lead|bell)|sign-in\/(local|cognito))\.tsx?$/;

/** Writes `sw.js` with the files that it keeps, and a name that changes with them. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    generateBundle(_, bundle) {
      const files = new Set<string>();
      const keep = (name: string) => {
        const chunk = bundle[name];
        if (files.has(name) || chunk?.type !== "chunk") return;
        files.add(name);
        chunk.viteMetadata?.importedCss.forEach((each) => files.add(each));
        chunk.imports.forEach(keep);
      };
      for (const [name, chunk] of Object.entries(bundle))
        if (chunk.type === "chunk" && KEPT.test(chunk.facadeModuleId ?? "")) keep(name);
        else if (chunk.type === "chunk" && chunk.isEntry) keep(name);
      const paths = ["/index.html", "/manifest.webmanifest", "/icon.svg", ...[...files].sort().map((each) => `/${each}`)];
      const version = createHash("sha256").update(paths.join()).digest("hex").slice(0, 12);
      const source = readFileSync(new URL("src/sw.js", import.meta.url), "utf-8")
        .replace("__VERSION__", JSON.stringify(version))
        .replace("__FILES__", JSON.stringify(paths));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default defineConfig({
  plugins: [react(), serviceWorker()],
  build: {
    manifest: true,
    // Neither code nor pictures inside the page: its policy allows scripts of its own origin alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(["/v1", "/config.json"].map((path) => [path, "http://127.0.0.1:8080"])),
  },
});
