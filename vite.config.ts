/* One build, three entries (desk with the wall, phone, public), so that a resident's phone never loads the desk.
 * Every asset is a file of our own: Content-Security-Policy default-src 'self' forbids data: URLs and inline code.
 * WUXING_MOCK=1 serves synthetic answers for working on pages without a server; it is never part of a build. */
import { defineConfig } from "vitest/config";
import vue from "@vitejs/plugin-vue";
import { resolve } from "node:path";
import { entryFor } from "./web/entries";
import { phoneShell } from "./web/shell";

const here = (path: string) => resolve(__dirname, path);
const server = process.env.WUXING_URL ?? "http://127.0.0.1:8311";
const proxied = ["/api/v1", "/open311", "/healthz", "/readyz", "/openapi.json", "/metrics"];

export default defineConfig(async () => ({
  root: here("web"),
  publicDir: here("web/static"),
  appType: "mpa" as const,
  plugins: [
    vue(),
    phoneShell(),
    process.env.WUXING_MOCK ? (await import("./web/mock/plugin")).mock() : entryPages(),
  ],
  resolve: { alias: { "@": here("web/src"), "@modules": here("src/modules") } },
  define: { __INTLIFY_PROD_DEVTOOLS__: "false", __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: here("web/dist"),
    emptyOutDir: true,
    target: "es2020",
    assetsInlineLimit: 0,
    cssTarget: "chrome80",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      input: {
        desk: here("web/index.html"),
        phone: here("web/phone/index.html"),
        public: here("web/public/index.html"),
        sw: here("web/src/phone/sw.ts"),
      },
      output: { entryFileNames: (chunk: { name: string }) => chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js" },
    },
  },
  worker: { format: "es" as const },
  server: { host: "127.0.0.1", port: 5173, proxy: Object.fromEntries(proxied.map((path) => [path, { target: server, changeOrigin: false }])),
            fs: { allow: [here(".")] } },
  preview: { host: "127.0.0.1", port: 5174 },
  test: { include: ["tests/unit/**/*.test.ts"], environment: "node" },
}));

/* In development the server's rule "an unknown path gets its entry's index.html" must hold here too. */
function entryPages() {
  const rewrite = (request: { url?: string }, _response: unknown, next: () => void) => {
    if (request.url)
      request.url = entryFor(request.url);
    next();
  };
  return {
    name: "entry-pages",
    configureServer(dev: { middlewares: { use(handler: typeof rewrite): void } }) { dev.middlewares.use(rewrite); },
    configurePreviewServer(dev: { middlewares: { use(handler: typeof rewrite): void } }) {
      dev.middlewares.use((request, response, next) => {
        (response as { setHeader(name: string, value: string): void }).setHeader("Content-Security-Policy", "default-src 'self'");
        rewrite(request, response, next);
      });
    },
  };
}
