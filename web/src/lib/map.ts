/* Maps of our own polygons (/areas.geojson), no tiles: a small one with a point, and the wall's grids. OpenLayers' canvas only. */
import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import Zoom from "ol/control/Zoom";
import GeoJSON from "ol/format/GeoJSON";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat, toLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style, Text } from "ol/style";
import type { FeatureLike } from "ol/Feature";
import { BASE } from "./api";
import { token } from "./colour";
import { t } from "./i18n";

export interface MapHandle { point(lat: number, lon: number, centre: boolean): void; redraw(): void; close(): void }

const cache = new Map<string, Promise<object | null>>();
export function polygons(level: string, under = 0, fresh = false): Promise<object | null> {
  const key = `level=${level}${under ? `&under=${under}` : ""}`;
  if (fresh || !cache.has(key))
    cache.set(key, fetch(`${BASE}/areas.geojson?${key}`, { credentials: "same-origin" }).then((answer) => answer.ok ? answer.json() as Promise<object> : null).catch(() => null));
  return cache.get(key)!;
}
export function readFeatures(json: object): Feature[] {
  return new GeoJSON().readFeatures(json, { featureProjection: "EPSG:3857" }) as Feature[];
}

/* The kit's own buttons, in our words. */
const controls = () => [new Zoom({ zoomInTipLabel: t("map.closer"), zoomOutTipLabel: t("map.farther") })];

export async function smallMap(box: HTMLElement, options: { under?: number; pick?: (lat: number, lon: number) => void }): Promise<MapHandle> {
  const grids = new VectorSource();
  const pin = new VectorSource();
  const gridStyle = (feature: FeatureLike) => new Style({
    fill: new Fill({ color: token("--surface") }),
    stroke: new Stroke({ color: token("--line-strong"), width: 1.2 }),
    text: new Text({ text: String(feature.get("name") ?? ""), font: "12px system-ui, sans-serif", overflow: false, fill: new Fill({ color: token("--ink-3") }) }),
  });
  const pinStyle = () => new Style({ image: new Circle({ radius: 8, fill: new Fill({ color: token("--bad") }), stroke: new Stroke({ color: token("--surface"), width: 3 }) }) });
  const map = new OlMap({
    target: box, controls: controls(),
    layers: [new VectorLayer({ source: grids, style: gridStyle, declutter: true }), new VectorLayer({ source: pin, style: pinStyle })],
    view: new View({ center: fromLonLat([113.6, 34.75]), zoom: 13, maxZoom: 19 }),
  });
  const show = (lat: number, lon: number, centre: boolean) => {
    pin.clear();
    pin.addFeature(new Feature(new Point(fromLonLat([lon, lat]))));
    if (centre) {
      map.getView().setCenter(fromLonLat([lon, lat]));
      map.getView().setZoom(16);
    }
  };
  if (options.pick)
    map.on("singleclick", (event) => {
      const [lon, lat] = toLonLat(event.coordinate);
      show(lat, lon, false);
      options.pick?.(Math.round(lat * 1e7) / 1e7, Math.round(lon * 1e7) / 1e7);
    });
  void polygons("grid", options.under).then((json) => {
    if (!json)
      return;
    grids.addFeatures(readFeatures(json));
    if (!pin.getFeatures().length && grids.getFeatures().length)
      map.getView().fit(grids.getExtent()!, { padding: [12, 12, 12, 12] });
  });
  return { point: show, redraw: () => { grids.changed(); pin.changed(); }, close: () => map.setTarget(undefined) };
}
