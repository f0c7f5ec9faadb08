import { describe, expect, it } from "vitest";
import { entryFor } from "../../entries";

describe("which page answers a path", () => {
  it.each([
    ["/", "/index.html"], ["/matters?q=1", "/index.html?q=1"], ["/figures/report.opened", "/index.html"], ["/desk/design", "/index.html"],
    ["/phone", "/phone/index.html"], ["/phone/m/7", "/phone/index.html"], ["/phones", "/index.html"], ["/track", "/public/index.html"], ["/r/AB12", "/public/index.html"],
    ["/assets/gone-1.js", "/assets/gone-1.js"], ["/sw.js", "/sw.js"], ["/api/v1/me", "/api/v1/me"], ["/wp-login.php", "/wp-login.php"],
  ])("%s", (path, page) => expect(entryFor(path)).toBe(page));
});
