/* What desk and phone share when a report is made: the draft, the similar ones while typing, the sending with pictures. */
import { reactive, ref, shallowRef, watch } from "vue";
import { get, newKey, post, upload } from "./api";
import { shrink } from "./image";
import { fromLocalInput } from "./time";
import type { Matter, Page, Similar } from "./types";

export interface Draft {
  client_id: string; text: string; title: string; category: string; channel: string; urgent: boolean; confidential: boolean;
  area: number | ""; area_name: string; address: string; lat?: number; lon?: number; name: string; phone: string; pasted: boolean;
  mirror: boolean; upstream: string; upstream_number: string; upstream_due: string;
}
export interface Picture { file: File; key: string }
export type Filed = Matter & { reply_line?: string; similar?: Similar[] };

export function emptyDraft(channel: string): Draft {
  return { client_id: newKey(), text: "", title: "", category: "", channel, urgent: false, confidential: false, area: "", area_name: "", address: "",
    name: "", phone: "", pasted: false, mirror: false, upstream: "12345", upstream_number: "", upstream_due: "" };
}

/* Absent is not empty: only what was said is sent. */
export function bodyOf(draft: Draft): Record<string, unknown> {
  const body: Record<string, unknown> = { text: draft.text.trim(), client_id: draft.client_id, channel: draft.mirror ? draft.upstream : draft.channel };
  const given: [string, unknown][] = [["title", draft.title.trim()], ["category", draft.category], ["area", draft.area], ["address", draft.address.trim()],
    ["lat", draft.lat], ["lon", draft.lon]];
  for (const [name, value] of given)
    if (value !== "" && value !== undefined)
      body[name] = value;
  if (draft.urgent)
    body.urgency = "urgent";
  if (draft.name.trim() || draft.phone.trim() || draft.confidential) {
    const reporter: Record<string, unknown> = { confidential: draft.confidential };
    if (draft.name.trim())
      reporter.name = draft.name.trim();
    if (draft.phone.trim())
      reporter.phone = draft.phone.trim();
    body.reporter = reporter;
  }
  if (draft.mirror && draft.upstream_number.trim())
    body.mirror = { upstream: draft.upstream, number: draft.upstream_number.trim(), ...(draft.upstream_due ? { due_at: fromLocalInput(draft.upstream_due) } : {}) };
  return body;
}

export function useReport(channel: string, keep: string) {
  const kept = localStorage.getItem(keep);
  const draft = reactive<Draft>({ ...emptyDraft(channel), ...(kept ? JSON.parse(kept) as Draft : {}) });
  const pictures = shallowRef<Picture[]>([]);
  const similar = ref<Similar[]>([]);
  const into = ref<Similar | null>(null);
  let timer: ReturnType<typeof setTimeout>;
  let round = 0;

  watch(draft, () => localStorage.setItem(keep, JSON.stringify(draft)));
  watch(() => [draft.text, draft.area, draft.lat, draft.lon, draft.category], () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), 350);
  });
  async function look(): Promise<void> {
    const mine = ++round;
    const text = draft.text.trim();
    if (text.length < 4) {
      similar.value = [];
      return;
    }
    const found = await get<Page<Similar>>("/similar", { text: text.slice(0, 300), area: draft.area, lat: draft.lat, lon: draft.lon, category: draft.category }).catch(() => ({ items: [] }));
    if (mine === round)
      similar.value = found.items;
  }
  function addPictures(files: File[]): void {
    pictures.value = [...pictures.value, ...files.map((file) => ({ file, key: newKey() }))];
  }
  function dropPicture(picture: Picture): void {
    pictures.value = pictures.value.filter((one) => one !== picture);
  }
  function clear(): void {
    pictures.value = [];
    similar.value = [];
    into.value = null;
    delete draft.lat;
    delete draft.lon;
    Object.assign(draft, emptyDraft(channel));
    localStorage.removeItem(keep);
  }
  /* The draft's client_id is the idempotency key: sending again after a lost answer files nothing twice. */
  async function send(): Promise<Filed> {
    const filed = await post<Filed>("/reports", bodyOf(draft), { key: draft.client_id });
    for (const picture of pictures.value) {
      const { blob, name } = await shrink(picture.file);
      await upload(`/matters/${filed.id}/files`, blob, name);
    }
    if (into.value)
      await post(`/matters/${filed.id}/merge`, { into: into.value.id });
    return filed;
  }
  return { draft, pictures, similar, into, addPictures, dropPicture, clear, send };
}
