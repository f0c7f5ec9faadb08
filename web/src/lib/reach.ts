/* Whether the server can be reached: what the last request found, not what the phone believes of its network. While it
 * cannot, a small probe asks every few seconds and tells those who wait. */
import { ref } from "vue";

export const reached = ref(true);
export const lostAt = ref(0);
const PROBE_MS = 4000, PATIENCE_MS = 3000;
const handlers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let watching = false;

export function noteReach(found: boolean): void {
  if (found === reached.value)
    return;
  reached.value = found;
  if (found)
    handlers.forEach((handler) => handler());
  else
    lostAt.value = Date.now();
  schedule();
}
export function whenBack(handler: () => void): () => void {
  handlers.add(handler);
  return () => handlers.delete(handler);
}

export async function probe(): Promise<boolean> {
  const control = new AbortController();
  const late = setTimeout(() => control.abort(), PATIENCE_MS);
  const found = await fetch("/healthz", { cache: "no-store", signal: control.signal }).then((answer) => answer.ok, () => false);
  clearTimeout(late);
  noteReach(found);
  return found;
}
function schedule(): void {
  clearInterval(timer);
  if (watching && !reached.value)
    timer = setInterval(() => void probe(), PROBE_MS);
}
export function startReach(): void {
  if (watching)
    return;
  watching = true;
  addEventListener("online", () => void probe());
  addEventListener("offline", () => noteReach(false));
  if (!navigator.onLine)
    noteReach(false);
  schedule();
}
