/* One way to the server: JSON, problem+json faults as `Problem`, an idempotency key on every POST so that a repeat after
 * a lost answer writes nothing twice, the user's language, and the header that tells our pages from a foreign form. */
import { noteReach } from "./reach";
import type { FieldError } from "./types";

export const BASE = "/api/v1";

export class Problem extends Error {
  constructor(
    public status: number, public code: string, public detail: string, public errors: FieldError[] = [],
  ) {
    super(detail);
  }
  /* The message that belongs beside one input. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message;
  }
}

export interface CallOptions { signal?: AbortSignal; version?: number; key?: string; headers?: Record<string, string>; raw?: BodyInit }

let language = "zh-CN";
let lostText = "";
const onLoggedOut = new Set<() => void>();

export function setApiLanguage(lang: string, lost: string): void {
  language = lang.startsWith("en") ? "en" : "zh-CN";
  lostText = lost;
}
export function whenLoggedOut(handler: () => void): void {
  onLoggedOut.add(handler);
}

/* crypto.randomUUID needs https; an office LAN is often plain http. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function query(params: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === "" || value === false)
      continue;
    search.set(name, value === true ? "1" : String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { code?: string; detail?: string; title?: string; errors?: FieldError[] };
    return new Problem(response.status, body.code ?? "error", body.detail ?? body.title ?? response.statusText, body.errors ?? []);
  } catch {
    return new Problem(response.status, "error", `${response.status} ${response.statusText}`);
  }
}

/* A weak signal can leave a request hanging for minutes; it is given up, and a POST may safely be sent again by its key. */
const PATIENCE_MS = 20_000, UPLOAD_PATIENCE_MS = 180_000;

async function attempt(url: string, init: RequestInit, options: CallOptions): Promise<Response> {
  const control = new AbortController();
  const stop = () => control.abort();
  options.signal?.addEventListener("abort", stop);
  const late = setTimeout(stop, options.raw ? UPLOAD_PATIENCE_MS : PATIENCE_MS);
  try {
    return await fetch(url, { ...init, signal: control.signal });
  } finally {
    clearTimeout(late);
    options.signal?.removeEventListener("abort", stop);
  }
}

async function patient(url: string, init: RequestInit, options: CallOptions): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const at = Date.now();
    try {
      const response = await attempt(url, init, options);
      noteReach(true);
      return response;
    } catch (fault) {
      if (options.signal?.aborted)
        throw fault;
      if (tries > 0 || Date.now() - at > PATIENCE_MS / 2) {
        noteReach(false);
        throw new Problem(0, "offline", lostText);
      }
    }
  }
}

export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language, ...options.headers };
  if (method !== "GET")
    headers["X-Wuxing"] = "1";
  if (method === "POST")
    headers["Idempotency-Key"] = options.key ?? newKey();
  if (options.version !== undefined)
    headers["If-Match"] = `"${options.version}"`;
  let payload = options.raw;
  if (payload === undefined && body !== undefined) {
    headers["Content-Type"] = "application/json";
    payload = JSON.stringify(body);
  }
  const url = path.startsWith("/api/") || path.startsWith("/openapi") ? path : BASE + path;
  const response = await patient(url, { method, headers, body: payload, credentials: "same-origin" }, options);
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && problem.code === "no_session")
      onLoggedOut.forEach((handler) => handler());
    throw problem;
  }
  if (response.status === 204)
    return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, params: Record<string, unknown> = {}, signal?: AbortSignal) =>
  call<T>("GET", path + query(params), undefined, { signal });
export const post = <T>(path: string, body: unknown = {}, options?: CallOptions) => call<T>("POST", path, body, options);
export const patch = <T>(path: string, body: unknown) => call<T>("PATCH", path, body);
export const del = <T>(path: string, body?: unknown) => call<T>("DELETE", path, body);

export function upload<T>(path: string, file: Blob, name: string): Promise<T> {
  return call<T>("POST", path, undefined, {
    raw: file,
    headers: { "Content-Type": file.type || "application/octet-stream", "X-File-Name": encodeURIComponent(name) },
  });
}

export function asProblem(fault: unknown): Problem {
  return fault instanceof Problem ? fault : new Problem(0, "error", fault instanceof Error ? fault.message : String(fault));
}
