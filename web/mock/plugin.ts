/* The mock server: API.md's answers out of memory, with the real server's security headers, for vite dev and preview. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { entryFor } from "../entries";
import { answer, streams } from "./answers";

const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request)
    parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function handler(csp: string) {
  return async (request: IncomingMessage & { url?: string }, response: ServerResponse, next: Connect.NextFunction) => {
    const url = request.url ?? "/";
    const path = url.split("?")[0];
    if (csp)
      response.setHeader("Content-Security-Policy", csp);
    if (path === "/api/v1/feed") {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      response.write(": hello\n\n");
      const stream = (text: string) => void response.write(text);
      streams.add(stream);
      const beat = setInterval(() => response.write(": beat\n\n"), 2000);
      request.on("close", () => { streams.delete(stream); clearInterval(beat); });
      return;
    }
    if (path.startsWith("/api/v1") || path === "/healthz" || path === "/openapi.json") {
      const raw = await bodyOf(request);
      const result = answer(request, path.replace("/api/v1", ""), new URL(url, "http://x").searchParams, raw);
      response.writeHead(result.status, { "Content-Type": result.status >= 400 ? "application/problem+json" : result.type ?? "application/json", ...result.headers });
      response.end(result.raw ?? (result.body === undefined ? "" : JSON.stringify(result.body)));
      return;
    }
    request.url = entryFor(url);
    next();
  };
}

export function mock(): Plugin {
  return {
    name: "wuxing-mock",
    configureServer(server) { server.middlewares.use(handler("")); },
    configurePreviewServer(server) { server.middlewares.use(handler(CSP)); },
  };
}
