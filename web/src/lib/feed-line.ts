/* The live line to the server, shared by all tabs in the feed worker (or run in the page where there is no SharedWorker).
 * It resumes after the last event it saw, and says `lost` within 5 s: at once when the connection breaks, else when the
 * line has been silent for 3 s and the server does not answer a probe. */
import { SseParser } from "./sse";

export type LineState = "connecting" | "live" | "lost" | "refused";
export interface LineMessage { type: "state" | "event"; state?: LineState; data?: string; seq?: number }

const SILENCE_MS = 3000, PROBE_MS = 1500, RETRY_MS = 1500;

export class FeedLine {
  state: LineState = "connecting";
  private last = "";
  private heardAt = 0;
  private abort: AbortController | undefined;
  private stopped = false;
  private watch: ReturnType<typeof setInterval> | undefined;
  private probing = false;

  constructor(private tell: (message: LineMessage) => void) {}

  start(): void {
    this.stopped = false;
    this.watch ??= setInterval(() => void this.check(), 1000);
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.watch);
    this.watch = undefined;
    this.abort?.abort();
  }

  private set(state: LineState): void {
    if (this.state !== state) {
      this.state = state;
      this.tell({ type: "state", state });
    }
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.abort = new AbortController();
      try {
        await this.listen(this.abort.signal);
      } catch {
        if (this.state !== "refused")
          this.set("lost");
      }
      if (this.state === "refused")
        return this.stop();
      if (this.state === "live")
        this.set("connecting");
      if (!this.stopped)
        await new Promise((resolve) => setTimeout(resolve, this.state === "lost" ? RETRY_MS : 200));
    }
  }

  private async listen(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (this.last)
      headers["Last-Event-ID"] = this.last;
    const response = await fetch("/api/v1/feed", { headers, signal, cache: "no-store", credentials: "same-origin" });
    if (response.status === 401 || response.status === 403) {
      this.set("refused");
      return;
    }
    if (!response.ok || !response.body)
      throw new Error(String(response.status));
    const reader = response.body.getReader();
    const parser = new SseParser();
    const decoder = new TextDecoder();
    this.heardAt = Date.now();
    this.set("live");
    for (;;) {
      const { done, value } = await reader.read();
      if (done)
        return;
      this.heardAt = Date.now();
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        if (event.id)
          this.last = event.id;
        this.tell({ type: "event", data: event.data, seq: Number(event.id) });
      }
    }
  }

  private async check(): Promise<void> {
    if (this.state !== "live" || this.probing || Date.now() - this.heardAt < SILENCE_MS)
      return;
    this.probing = true;
    try {
      const response = await fetch("/healthz", { cache: "no-store", signal: timeout(PROBE_MS) });
      if (response.ok)
        this.heardAt = Date.now();
      else
        throw new Error("down");
    } catch {
      this.set("lost");
      this.abort?.abort();
    } finally {
      this.probing = false;
    }
  }
}

function timeout(ms: number): AbortSignal {
  const control = new AbortController();
  setTimeout(() => control.abort(), ms);
  return control.signal;
}
