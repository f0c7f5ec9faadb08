/* What this browser can do for somebody without signal. WeChat's own browser on an iPhone has no service worker: the page
 * works while it is open and says what it cannot do. Nobody is asked to install anything (the law: no app of a street). */
import { ref } from "vue";

export const able = {
  secure: isSecureContext,
  opens: isSecureContext && "serviceWorker" in navigator,
  keeps: typeof indexedDB !== "undefined",
  locates: isSecureContext && "geolocation" in navigator,
  wechat: /MicroMessenger/i.test(navigator.userAgent),
};
/* off: this browser cannot; wait: the pages are being fetched; ready: opens without signal; fresh: a newer version waits. */
export const shell = ref<"off" | "wait" | "ready" | "fresh">(able.opens ? "wait" : "off");

let registration: ServiceWorkerRegistration | undefined;
let reloading = false;

export function takeFresh(): void {
  reloading = true;
  registration?.waiting?.postMessage("take over");
}

/* A newer version takes over at once when the page has only just opened, else when its reader says so. */
export async function startShell(): Promise<void> {
  addEventListener("beforeinstallprompt", (event) => event.preventDefault());
  if (!able.opens)
    return;
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (reloading) location.reload(); });
  try {
    registration = await navigator.serviceWorker.register("/sw.js", { scope: "/phone", updateViaCache: "none" });
  } catch {
    shell.value = "off";
    return;
  }
  if (registration.waiting && navigator.serviceWorker.controller && performance.now() < 4000)
    return takeFresh();
  const look = (worker: ServiceWorker | null) => worker?.addEventListener("statechange", () => {
    if (worker.state === "installed" && navigator.serviceWorker.controller)
      shell.value = "fresh";
    else if (worker.state === "activated")
      shell.value = "ready";
  });
  look(registration.installing);
  registration.addEventListener("updatefound", () => look(registration?.installing ?? null));
  shell.value = registration.waiting ? "fresh" : registration.active ? "ready" : "wait";
}
