/* Server-sent events read by hand, because EventSource hides the comments that tell a living line from a dead one. */
export interface SseEvent { id: string; event: string; data: string }

export class SseParser {
  private buffer = "";
  private id = "";
  private event = "";
  private data: string[] = [];

  /* Feeds a piece of the stream in any cut; returns the events that it completed. */
  push(piece: string): SseEvent[] {
    const done: SseEvent[] = [];
    this.buffer += piece;
    let end: number;
    while ((end = this.buffer.search(/\r\n|\n|\r(?!$)/)) >= 0) {
      const line = this.buffer.slice(0, end);
      this.buffer = this.buffer.slice(end + (this.buffer.startsWith("\r\n", end) ? 2 : 1));
      const event = this.line(line);
      if (event)
        done.push(event);
    }
    return done;
  }

  private line(line: string): SseEvent | undefined {
    if (line === "") {
      const event = this.data.length ? { id: this.id, event: this.event || "message", data: this.data.join("\n") } : undefined;
      this.data = [];
      this.event = "";
      return event;
    }
    if (line.startsWith(":"))
      return undefined;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data")
      this.data.push(value);
    else if (name === "event")
      this.event = value;
    else if (name === "id")
      this.id = value;
    return undefined;
  }
}
