import { describe, expect, it } from "vitest";
import { orderTime, parseChat, parseOrder } from "../../src/lib/paste";

describe("text pasted from a group chat", () => {
  it("drops speakers' heads and picture marks and keeps the words", () => {
    const chat = parseChat("示例甲 2026/11/23 08:20\n市场街75号院墙歪了\n[图片]\n示例乙 08:21\n我也看见了，电话13800000099");
    expect(chat.text).toBe("市场街75号院墙歪了\n我也看见了，电话13800000099");
    expect(chat.name).toBe("示例甲");
    expect(chat.phone).toBe("13800000099");
  });
  it("takes the first speaker of lines with a colon", () => {
    const chat = parseChat("示例甲：楼道灯坏了\n示例乙: 三天了");
    expect(chat.text).toBe("楼道灯坏了\n三天了");
    expect(chat.name).toBe("示例甲");
  });
  it("leaves a single plain line alone", () => {
    expect(parseChat("时间：今天上午").text).toBe("时间：今天上午");
  });
});

describe("an order copied out of the city's page", () => {
  const raw = "工单编号：ZZ20261123001\n联系人：示例丙\n联系电话：13800000001\n诉求地址：演示路1号\n办理时限：2026-11-25 18:00\n诉求内容：小区停水\n已经两天了";
  it("finds number, text over lines, person, place and limit", () => {
    expect(parseOrder(raw)).toEqual({ number: "ZZ20261123001", name: "示例丙", phone: "13800000001", address: "演示路1号", due_at: "2026-11-25T18:00:00+08:00", text: "小区停水\n已经两天了" });
  });
  it("is nothing without a number", () => {
    expect(parseOrder("诉求内容：小区停水")).toBeUndefined();
  });
  it("reads dates with Chinese signs; no hour means 18:00", () => {
    expect(orderTime("2026年1月5日")).toBe("2026-01-05T18:00:00+08:00");
    expect(orderTime("2026/1/5 9:30")).toBe("2026-01-05T09:30:00+08:00");
    expect(orderTime("尽快")).toBeUndefined();
  });
});
