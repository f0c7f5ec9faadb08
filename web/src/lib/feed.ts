/* The live feed for components: `feedState` and `onFeed`. */
import { onUnmounted, ref } from "vue";
import { FeedLine, type LineMessage, type LineState } from "./feed-line";
import type { FeedEvent } from "./types";

export const feedState = ref<LineState>("connecting");
export const lostSince = ref(0);
const handlers = new Set<(event: FeedEvent) => void>();
let started = false;
let say: (word: string) => void = () => undefined;

function take(message: LineMessage): void {
  if (message.type === "state" && message.state) {
    if (message.state === "lost" && feedState.value !== "lost")
      lostSince.value = Date.now();
    feedState.value = message.state;
  } else if (message.data) {
    const event = JSON.parse(message.data) as FeedEvent;
    handlers.forEach((handler) => handler(event));
  }
}

function inPage(): void {
  const line = new FeedLine(take);
  say = (word) => { if (word === "bye") line.stop(); };
  line.start();
}

export function startFeed(): void {
  if (started)
    return;
  started = true;
  feedState.value = "connecting";
  if (typeof SharedWorker === "undefined")
    return inPage();
  try {
    const worker = new SharedWorker(new URL("./feed-worker.ts", import.meta.url), { type: "module", name: "wuxing-feed" });
    worker.onerror = () => inPage();
    worker.port.onmessage = (message: MessageEvent<LineMessage>) => take(message.data);
    worker.port.start();
    say = (word) => worker.port.postMessage(word);
    say("hello");
    window.addEventListener("pagehide", () => say("bye"));
    window.addEventListener("pageshow", (event: PageTransitionEvent) => { if (event.persisted) say("hello"); });
  } catch {
    inPage();
  }
}

export function stopFeed(): void {
  if (started)
    say("bye");
  started = false;
}

export function onFeed(handler: (event: FeedEvent) => void): void {
  handlers.add(handler);
  onUnmounted(() => handlers.delete(handler));
}
