import react from "@vitejs/plugin-react";
import { transform } from "lightningcss";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** What a rep's phone keeps, so that the app opens without a network: the page and what these modules need. */
const KEPT = /\/src\/(main|screens\/(next|mine|my-lead|bell)|time-sheet|never-again|sign-in\/(local|cognito|ask-again-dialog|authenticator))\.tsx?$/;

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

/** Of every source and of what is locked. */
function digestOfSources(): string {
  const digest = createHash("sha256").update(readFileSync(new URL("package-lock.json", import.meta.url)));
  const folder = new URL("src/", import.meta.url);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf-8" }).sort())
    if (/\.(tsx?|css)$/.test(name)) digest.update(name).update(readFileSync(new URL(name, folder)));
  return digest.digest("hex").slice(0, 16);
}

/** Leaves out of the styles what no script names: the components' come whole, and half of them are not used. */
function usedStyles(): Plugin {
  return {
    name: "used-styles",
    apply: "build",
    enforce: "post",
    transform: {
      order: "pre",
      // What is left out follows from the scripts: so must the name, which is kept for a year.
      handler: (code, id) => (id.endsWith("/src/global.css") ? `${code}\n:root { --made-from: "${digestOfSources()}"; }` : undefined),
    },
    generateBundle(_, bundle) {
      const scripts = Object.values(bundle).map((each) => (each.type === "chunk" ? each.code : ""));
      const used = new Set(scripts.join("").match(/\bm_[0-9a-f]{7,8}\b/g));
      const isUsed = (selector: object) => (JSON.stringify(selector).match(/\bm_[0-9a-f]{7,8}\b/g) ?? []).every((each) => used.has(each));
      for (const asset of Object.values(bundle))
        if (asset.type === "asset" && /^assets\/index-[^/]+\.css$/.test(asset.fileName)) {
          const { code } = transform({
            filename: asset.fileName,
            code: Buffer.from(asset.source),
            minify: true,
            visitor: {
              Rule: {
                style: (rule) => (rule.value.selectors.some(isUsed) ? undefined : []),
              },
            },
          });
          asset.source = code;
        }
    },
  };
}

export default defineConfig({
  plugins: [react(), usedStyles(), serviceWorker()],
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
