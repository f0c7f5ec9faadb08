/* Reports made without signal: kept on this phone (IndexedDB) with their pictures, sent once each when the server can be
 * reached. Every step carries its own idempotency key, so a crash between two steps repeats nothing. */
import { shallowRef } from "vue";
import { asProblem, call, post } from "./api";
import type { Filed } from "./report";

export interface Waiting { id: string; at: number; body: Record<string, unknown>; pictures: { blob: Blob; name: string }[]; filed?: number; sent: number; into?: number; refused?: string }

export const waiting = shallowRef<Waiting[]>([]);
const STORE = "reports";
let flushing: Promise<void> | null = null;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("wuxing", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const base = await open();
  return new Promise<T>((resolve, reject) => {
    const tx = base.transaction(STORE, mode);
    const request = act(tx.objectStore(STORE));
    tx.oncomplete = () => { base.close(); resolve(request.result); };
    tx.onerror = () => { base.close(); reject(tx.error); };
  });
}

export async function refreshQueue(): Promise<void> {
  waiting.value = ((await run("readonly", (store) => store.getAll())) as Waiting[]).sort((a, b) => a.at - b.at);
}
export async function keep(item: Waiting): Promise<void> {
  await run("readwrite", (store) => store.put(item));
  await refreshQueue();
}
export async function forget(id: string): Promise<void> {
  await run("readwrite", (store) => store.delete(id));
  await refreshQueue();
}

async function sendOne(item: Waiting): Promise<Filed | undefined> {
  let filed: Filed | undefined;
  if (!item.filed) {
    filed = await post<Filed>("/reports", item.body, { key: item.id });
    item.filed = filed.id;
    await keep(item);
  }
  for (let i = item.sent; i < item.pictures.length; i++) {
    const { blob, name } = item.pictures[i];
    await call("POST", `/matters/${item.filed}/files`, undefined, { key: `${item.id}-${i}`, raw: blob,
      headers: { "Content-Type": blob.type || "application/octet-stream", "X-File-Name": encodeURIComponent(name) } });
    item.sent = i + 1;
    await keep(item);
  }
  if (item.into)
    await post(`/matters/${item.filed}/merge`, { into: item.into }, { key: `${item.id}-merge` });
  await forget(item.id);
  return filed;
}

/* Sends what waits. Returns what the server said of `wanted` if it went out now. A refusal stays in the queue and says why. */
export async function flush(wanted?: string): Promise<Filed | undefined> {
  let answer: Filed | undefined;
  while (flushing)
    await flushing;
  flushing = (async () => {
    await refreshQueue();
    for (const item of waiting.value.filter((one) => !one.refused || one.id === wanted)) {
      try {
        const filed = await sendOne({ ...item, refused: undefined });
        if (item.id === wanted)
          answer = filed;
      } catch (fault) {
        const problem = asProblem(fault);
        if (problem.code === "offline" || problem.status >= 500 || problem.status === 401)
          break;
        await keep({ ...item, refused: problem.detail });
        if (item.id === wanted)
          throw fault;
      }
    }
  })();
  try {
    await flushing;
  } finally {
    flushing = null;
  }
  return answer;
}

export function startQueue(): void {
  void flush().catch(() => undefined);
  addEventListener("online", () => void flush().catch(() => undefined));
  setInterval(() => { if (waiting.value.some((item) => !item.refused)) void flush().catch(() => undefined); }, 20_000);
}
