/* The phone's pages without signal. Only the pages themselves are kept, one versioned set, whole or not at all; whatever the
 * API answers, photos included, goes past untouched, so no personal data ever lies in this cache. The build writes the list. */
const worker = self as unknown as ServiceWorkerGlobalScope;
const shell = JSON.parse('"__SHELL__"') as { version: string; files: string[] };
const NAME = `wuxing-phone-${shell.version}`;
const PAGE = "/phone/index.html";

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(shell.files.map((file) => new Request(file, { cache: file.startsWith("/assets/") ? "default" : "no-cache" })))));
});
worker.addEventListener("activate", (event) => {
  const drop = (names: string[]) => Promise.all(names.filter((name) => name.startsWith("wuxing-phone-") && name !== NAME).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => worker.clients.claim()));
});
worker.addEventListener("message", (event) => {
  if (event.data === "take over")
    void worker.skipWaiting();
});

async function fromShell(request: Request | string): Promise<Response> {
  const kept = await (await caches.open(NAME)).match(request);
  return kept ?? fetch(request);
}
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin)
    return;
  if (request.mode === "navigate" && /^\/phone(\/|$)/.test(url.pathname))
    event.respondWith(fromShell(PAGE));
  else if (shell.files.includes(url.pathname))
    event.respondWith(fromShell(url.pathname));
});
export {};
