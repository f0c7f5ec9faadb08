/* A figure over the areas below: five steps of one colour, the number itself on every area, so that colour never speaks alone. */
import OlMap from "ol/Map";
import View from "ol/View";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style, Text } from "ol/style";
import type { FeatureLike } from "ol/Feature";
import { token } from "./colour";
import { polygons, readFeatures } from "./map";

export interface FigureMapHandle { show(values: Map<number, number | null>): Promise<boolean>; close(): void }
const STEPS = 5;

/* Which of the five steps a value falls into: by rank, so that one outlier does not make all the others look alike; equal
 * values always share a step. */
export function stepOf(value: number, all: number[]): number {
  return Math.min(STEPS - 1, Math.floor(all.filter((one) => one < value).length * STEPS / Math.max(1, all.length)));
}

export function figureMap(box: HTMLElement, level: string, under: number, open: (area: number) => void): FigureMapHandle {
  const source = new VectorSource();
  let values = new Map<number, number | null>();
  const numbers = () => [...values.values()].filter((value): value is number => value !== null);
  function style(feature: FeatureLike): Style {
    const value = values.get(Number(feature.get("id")));
    const known = typeof value === "number";
    const step = known ? stepOf(value, numbers()) : -1;
    const dark = step >= 3;
    return new Style({
      fill: new Fill({ color: known ? token(`--map-${step + 1}`) : token("--sunken") }), stroke: new Stroke({ color: token("--surface"), width: 2 }),
      text: new Text({ text: `${String(feature.get("name") ?? "")}\n${known ? value : "—"}`, font: `13px ${token("--font")}`, fill: new Fill({ color: dark ? token("--map-ink-high") : token("--ink") }), overflow: true }),
    });
  }
  const map = new OlMap({ target: box, controls: [], interactions: [], layers: [new VectorLayer({ source, style })], view: new View({ center: [0, 0], zoom: 1 }) });
  map.on("singleclick", (event) => {
    const found = map.forEachFeatureAtPixel(event.pixel, (feature) => Number(feature.get("id")));
    if (found)
      open(found);
  });
  async function show(given: Map<number, number | null>): Promise<boolean> {
    values = given;
    const json = await polygons(level, under);
    source.clear();
    if (!json)
      return false;
    source.addFeatures(readFeatures(json).filter((feature) => values.has(Number(feature.get("id")))));
    if (!source.getFeatures().length)
      return false;
    map.getView().fit(source.getExtent()!, { padding: [16, 16, 16, 16] });
    return true;
  }
  return { show, close: () => map.setTarget(undefined) };
}
