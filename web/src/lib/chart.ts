/* One line or bar chart. Only what is drawn is loaded; tooltips are rich text because the kit's HTML ones need inline styles. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { token } from "./colour";

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);
export interface Point { key: string; label: string; value: number | null }

export function drawChart(box: HTMLElement, points: Point[], kind: "bar" | "line", name: string, old?: EChartsType): EChartsType {
  const chart = old ?? init(box);
  const ink = token("--ink-2"), line = token("--line"), accent = token("--accent");
  const size = parseFloat(getComputedStyle(box).fontSize) - 2;
  chart.setOption({
    animation: false, color: [accent], textStyle: { fontFamily: "inherit", color: ink, fontSize: size },
    grid: { left: 12, right: 16, top: 16, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: token("--surface"), borderColor: line, textStyle: { color: token("--ink") } },
    xAxis: { type: "category", data: points.map((point) => point.label.replace(/^\d{4}-(\d\d-\d\d)$/, "$1")), axisLine: { lineStyle: { color: line } }, axisLabel: { color: ink, hideOverlap: true } },
    yAxis: { type: "value", splitLine: { lineStyle: { color: line } }, axisLabel: { color: ink } },
    series: [{ name, type: kind, data: points.map((point) => point.value), barMaxWidth: 28, showSymbol: points.length < 32 }],
  }, true);
  return chart;
}
export type { EChartsType };
