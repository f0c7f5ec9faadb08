/* The wall's map of grids. One style per look, reused, so that a day of redraws holds no memory. */
import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import { defaults as interactions } from "ol/interaction/defaults";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style, Text } from "ol/style";
import type { FeatureLike } from "ol/Feature";
import { polygons, readFeatures } from "./map";

export interface WallMapHandle { refresh(): Promise<boolean>; pulse(area: number): void; close(): void }

const FILLS = ["#16303f", "#1c4560", "#215a80", "#2870a2"];
const LATE = ["#5a3a2c", "#6f332c", "#8a2c2c"], ALARM = "#d2402f";
const PULSE_MS = 8000;

export function lookOf(open: number, overdue: number, alarms: number): string {
  if (alarms > 0)
    return ALARM;
  if (overdue > 0)
    return LATE[overdue < open * 0.25 ? 0 : overdue < open * 0.6 ? 1 : 2];
  return FILLS[open === 0 ? 0 : open < 3 ? 1 : open < 8 ? 2 : 3];
}

export function wallMap(box: HTMLElement, under: number, open: (area: number) => void): WallMapHandle {
  const source = new VectorSource();
  const styles = new Map<string, Style>();
  const pulsing = new Map<number, ReturnType<typeof setTimeout>>();
  const font = `${Math.max(12, Math.round(window.innerHeight / 64))}px system-ui, "Noto Sans CJK SC", sans-serif`;

  function style(feature: FeatureLike): Style {
    const count = (name: string) => Number(feature.get(name) ?? 0);
    const pulse = pulsing.has(Number(feature.get("id")));
    const text = `${String(feature.get("name") ?? "")}\n${count("open")}${count("overdue") ? ` ⚠${count("overdue")}` : ""}${count("alarms") ? ` ●${count("alarms")}` : ""}`;
    const key = `${lookOf(count("open"), count("overdue"), count("alarms"))}|${pulse}|${text}`;
    let made = styles.get(key);
    if (!made) {
      if (styles.size > 2000)
        styles.clear();
      made = new Style({
        fill: new Fill({ color: key.split("|")[0] }),
        stroke: new Stroke({ color: pulse ? "#ffd36b" : "#0d1a22", width: pulse ? 4 : 1.5 }),
        text: new Text({ text, font, overflow: false, fill: new Fill({ color: "#e8edf1" }) }),
        zIndex: pulse ? 2 : 1,
      });
      styles.set(key, made);
    }
    return made;
  }
  const map = new OlMap({
    target: box, controls: [], interactions: interactions({ mouseWheelZoom: false, keyboard: false }),
    layers: [new VectorLayer({ source, style, declutter: true })], view: new View({ center: fromLonLat([113.6, 34.75]), zoom: 13 }),
  });
  map.on("singleclick", (event) => {
    const found = map.forEachFeatureAtPixel(event.pixel, (feature) => Number(feature.get("id")));
    if (found)
      open(found);
  });
  let fitted = false;
  async function refresh(): Promise<boolean> {
    const json = await polygons("grid", under, true);
    if (!json)
      return source.getFeatures().length > 0;
    const fresh = readFeatures(json);
    const known = new Map(source.getFeatures().map((feature) => [Number(feature.get("id")), feature]));
    for (const feature of fresh) {
      const old: Feature | undefined = known.get(Number(feature.get("id")));
      if (old)
        old.setProperties({ open: feature.get("open"), overdue: feature.get("overdue"), alarms: feature.get("alarms") });
      else
        source.addFeature(feature);
    }
    if (!fitted && fresh.length) {
      map.getView().fit(source.getExtent()!, { padding: [24, 24, 40, 24] });
      fitted = true;
    }
    return source.getFeatures().length > 0;
  }
  function pulse(area: number): void {
    clearTimeout(pulsing.get(area));
    pulsing.set(area, setTimeout(() => { pulsing.delete(area); source.changed(); }, PULSE_MS));
    source.changed();
  }
  return { refresh, pulse, close: () => { pulsing.forEach((timer) => clearTimeout(timer)); map.setTarget(undefined); } };
}
