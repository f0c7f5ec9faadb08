import { describe, expect, it } from "vitest";
import { SseParser } from "../../src/lib/sse";

const stream = ": hello\n\nid: 7\nevent: move\ndata: {\"a\":1}\n\ndata: one\r\ndata: two\r\n\r\n: beat\n\n";

describe("server-sent events", () => {
  it("gives the same events however the stream is cut", () => {
    for (let size = 1; size <= stream.length; size++) {
      const parser = new SseParser();
      const events = [];
      for (let at = 0; at < stream.length; at += size)
        events.push(...parser.push(stream.slice(at, at + size)));
      expect(events).toEqual([{ id: "7", event: "move", data: "{\"a\":1}" }, { id: "7", event: "message", data: "one\ntwo" }]);
    }
  });
  it("comments make no event", () => {
    expect(new SseParser().push(": beat\n\n: beat\n\n")).toEqual([]);
  });
});
