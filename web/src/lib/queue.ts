/* What was done without signal: kept on this phone with its pictures, sent once each and in order when the server can be
 * reached. An item is a row of steps; every step carries its own idempotency key, so a crash between two steps, or a lost
 * answer, repeats nothing. An item belongs to the account that made it and is never sent by another. */
import { shallowRef } from "vue";
import { asProblem, call, newKey } from "./api";
import { all, drop, put } from "./base";
import { probe, whenBack } from "./reach";
import type { Matter } from "./types";

export interface Picture { blob: Blob; name: string }
export interface Step { path: string; key: string; body?: Record<string, unknown>; picture?: Picture; version?: number }
export interface Waiting {
  id: string; at: number; account: number; kind: "report" | "move" | "photo"; title: string; label?: string; verb?: string;
  matter?: number; steps: Step[]; sent: number; refused?: string; conflict?: boolean;
}

export const waiting = shallowRef<Waiting[]>([]);
let account = 0, mayGo = false;
let flushing: Promise<void> | null = null;

export const mine = (item: Waiting) => !item.account || item.account === account;

export function reportItem(id: string, body: Record<string, unknown>, pictures: Picture[], into?: number): Waiting {
  const steps: Step[] = [{ path: "/reports", body, key: id },
    ...pictures.map((picture, index) => ({ path: "/matters/{id}/files", picture, key: `${id}-${index}` })),
    ...(into ? [{ path: "/matters/{id}/merge", body: { into }, key: `${id}-merge` }] : [])];
  return { id, at: Date.now(), account, kind: "report", title: String(body.text ?? ""), steps, sent: 0 };
}
export function moveItem(matter: { id: number; title: string; version: number }, move: { verb: string; label: string }, body: Record<string, unknown>): Waiting {
  const id = newKey();
  return { id, at: Date.now(), account, kind: "move", title: matter.title, label: move.label, verb: move.verb, matter: matter.id, sent: 0,
    steps: [{ path: `/matters/{id}/${move.verb}`, body: plain(body), key: id, version: matter.version }] };
}
export function photoItem(matter: { id: number; title: string }, picture: Picture): Waiting {
  const id = newKey();
  return { id, at: Date.now(), account, kind: "photo", title: matter.title, matter: matter.id, sent: 0, steps: [{ path: "/matters/{id}/files", picture, key: id }] };
}

export async function refreshQueue(): Promise<void> {
  waiting.value = (await all<Waiting>("queue")).sort((a, b) => a.at - b.at);
}
/* A form's values may be watched objects, which a browser cannot store. */
const plain = (body: Record<string, unknown>) => JSON.parse(JSON.stringify(body)) as Record<string, unknown>;

export async function keep(item: Waiting): Promise<void> {
  await put("queue", item);
  await refreshQueue();
}
export async function forget(id: string): Promise<void> {
  await drop("queue", id);
  await refreshQueue();
}

async function sendStep(item: Waiting, step: Step): Promise<unknown> {
  const path = step.path.replace("{id}", String(item.matter ?? 0));
  if (!step.picture)
    return call("POST", path, step.body ?? {}, { key: step.key, version: step.version });
  const { blob, name } = step.picture;
  return call("POST", path, undefined, { key: step.key, raw: blob,
    headers: { "Content-Type": blob.type || "application/octet-stream", "X-File-Name": encodeURIComponent(name) } });
}

/* A sent picture leaves the phone with its step. */
async function sendOne(item: Waiting): Promise<Matter | undefined> {
  let answer: Matter | undefined;
  for (let at = item.sent; at < item.steps.length; at++) {
    const given = await sendStep(item, item.steps[at]) as Matter;
    if (at === 0 && !item.steps[0].picture) {
      answer = given;
      item.matter ??= given.id;
    }
    const steps = item.steps.map((step, index) => index <= at ? { path: step.path, key: step.key } : step);
    Object.assign(item, { steps, sent: at + 1 });
    if (at + 1 < item.steps.length)
      await put("queue", item);
  }
  await forget(item.id);
  return answer;
}

/* Only these say that nothing can go out now; any other fault is this item's own. */
const laterAll = (status: number, code: string) => code === "offline" || status === 401 || status === 429 || (status > 500 && status < 600);

async function sendAll(wanted: string | undefined, found: (answer: Matter | undefined) => void): Promise<void> {
  await refreshQueue();
  for (const item of waiting.value.filter((one) => mine(one) && ((!one.refused && !one.conflict) || one.id === wanted))) {
    try {
      const answer = await sendOne({ ...item, refused: undefined, conflict: undefined });
      if (item.id === wanted)
        found(answer);
    } catch (fault) {
      const problem = asProblem(fault);
      if (laterAll(problem.status, problem.code))
        return;
      const now = (await all<Waiting>("queue")).find((one) => one.id === item.id) ?? item;
      const clash = item.kind === "move" && [403, 404, 409, 412].includes(problem.status);
      await keep({ ...now, refused: clash ? undefined : problem.detail, conflict: clash || undefined });
      if (item.id === wanted)
        throw fault;
    }
  }
}

/* One tab at a time, where the browser can say so. Elsewhere the keys alone keep each sending single. */
async function alone(act: () => Promise<void>): Promise<void> {
  if ("locks" in navigator)
    await navigator.locks.request("wuxing-queue", act);
  else
    await act();
}

/* Sends what waits; returns what the server said of `wanted` if it went out now. A refusal stays in the queue and says why. */
export async function flush(wanted?: string): Promise<Matter | undefined> {
  let answer: Matter | undefined;
  while (flushing)
    await flushing.catch(() => undefined);
  if (!mayGo)
    return undefined;
  flushing = alone(() => sendAll(wanted, (found) => { answer = found; }));
  try {
    await flushing;
  } finally {
    flushing = null;
  }
  return answer;
}

/* Kept first, then sent: undefined means it waits. What was refused whole does not stay; what went out in part does. */
export async function send(item: Waiting): Promise<Matter | undefined> {
  await keep(item);
  try {
    return await flush(item.id);
  } catch (fault) {
    if (waiting.value.find((one) => one.id === item.id)?.sent)
      return undefined;
    await forget(item.id);
    throw fault;
  }
}

/* The person decided, having seen both sides. */
export async function insist(item: Waiting, version: number): Promise<void> {
  const [step] = item.steps;
  await keep({ ...item, conflict: undefined, steps: [{ ...step, version, key: newKey() }] });
  await flush(item.id);
}
export async function asNote(item: Waiting, text: string): Promise<void> {
  await keep({ ...item, conflict: undefined, steps: [{ path: "/matters/{id}/note", body: { text }, key: newKey() }] });
  await flush(item.id);
}

/* Whose things are made from now on; they go out only once the server has said that it is really him. */
export function queueFor(id: number, known: boolean): void {
  account = id;
  mayGo = known;
}
let started = false;
export function startQueue(): void {
  const go = () => void flush().catch(() => undefined);
  void refreshQueue().catch(() => undefined);
  go();
  if (started)
    return;
  started = true;
  whenBack(go);
  setInterval(() => {
    if (waiting.value.some((item) => mine(item) && !item.refused && !item.conflict))
      void probe().then((found) => { if (found) go(); });
  }, 15_000);
}
