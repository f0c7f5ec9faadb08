/* What this device keeps for its user (IndexedDB): things not yet sent, the pictures of an unfinished report, matters taken
 * along. Writes ask for strict durability, so that what the page called kept survives a crash. Emptied at log-out. */
export type Shelf = "queue" | "draft" | "carried";

interface OldReport { id: string; at: number; body: Record<string, unknown>; pictures: { blob: Blob; name: string }[]; filed?: number; sent: number; into?: number }

/* Version 1 held reports only; what somebody left unsent in it is sent all the same. */
function fromReport(old: OldReport): object {
  const path = "/matters/{id}/files";
  const steps = [{ path: "/reports", body: old.body, key: old.id },
    ...old.pictures.map((picture, index) => ({ path, picture, key: `${old.id}-${index}` })),
    ...(old.into ? [{ path: "/matters/{id}/merge", body: { into: old.into }, key: `${old.id}-merge` }] : [])];
  return { id: old.id, at: old.at, account: 0, kind: "report", title: String(old.body.text ?? ""), matter: old.filed, sent: old.filed ? 1 + old.sent : 0, steps };
}

function upgrade(request: IDBOpenDBRequest): void {
  const base = request.result;
  for (const shelf of ["queue", "draft", "carried"])
    base.createObjectStore(shelf, { keyPath: "id" });
  if (!base.objectStoreNames.contains("reports"))
    return;
  const tx = request.transaction!;
  const all = tx.objectStore("reports").getAll() as IDBRequest<OldReport[]>;
  all.onsuccess = () => {
    all.result.forEach((old) => tx.objectStore("queue").put(fromReport(old)));
    base.deleteObjectStore("reports");
  };
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("wuxing", 2);
    request.onupgradeneeded = () => upgrade(request);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

async function run<T>(shelf: Shelf, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const base = await open();
  return new Promise<T>((resolve, reject) => {
    const tx = base.transaction(shelf, mode, { durability: "strict" });
    const request = act(tx.objectStore(shelf));
    tx.oncomplete = () => { base.close(); resolve(request.result); };
    tx.onabort = tx.onerror = () => { base.close(); reject(tx.error); };
  });
}

export const all = <T>(shelf: Shelf) => run(shelf, "readonly", (store) => store.getAll()) as Promise<T[]>;
export const one = <T>(shelf: Shelf, id: string | number) => run(shelf, "readonly", (store) => store.get(id)) as Promise<T | undefined>;
export const put = (shelf: Shelf, item: object) => run(shelf, "readwrite", (store) => store.put(item));
export const drop = (shelf: Shelf, id: string | number) => run(shelf, "readwrite", (store) => store.delete(id));
export const empty = (shelf: Shelf) => run(shelf, "readwrite", (store) => store.clear());
