import { describe, expect, it } from "vitest";
import { csvText } from "../../src/lib/csv";

describe("a table as CSV", () => {
  it("keeps Chinese whole in Excel and quotes what needs it", () => {
    expect(csvText([["示例\"社区\"", 3], ["a,b", null]])).toBe("\uFEFF\"示例\"\"社区\"\"\",3\r\n\"a,b\",\r\n");
  });
  it("lets no text act as a formula, and leaves numbers alone", () => {
    expect(csvText([["=1+1", -2], ["@x", "+86"]])).toBe("\uFEFF'=1+1,-2\r\n'@x,'+86\r\n");
  });
});
