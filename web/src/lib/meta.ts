/* What changes seldom: kinds, states, channels, categories. Asked once per language. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { get } from "./api";
import { lang } from "./i18n";
import type { Category, Meta, Page } from "./types";

export const useMeta = defineStore("meta", () => {
  const meta = ref<Meta | null>(null);
  const categories = ref<Category[]>([]);
  let forLang = "";

  async function load(): Promise<void> {
    if (meta.value && forLang === lang.value)
      return;
    forLang = lang.value;
    try {
      const [first, second] = await Promise.all([get<Meta>("/meta"), get<Page<Category>>("/categories")]);
      meta.value = first;
      categories.value = second.items;
    } catch {
      forLang = "";
    }
  }
  const kind = (name: string) => meta.value?.kinds.find((item) => item.name === name);
  const channel = (name?: string) => meta.value?.channels.find((item) => item.name === name)?.label ?? name ?? "";
  const urgency = (name?: string) => meta.value?.urgencies.find((item) => item.name === name)?.label ?? name ?? "";
  const category = (code?: string) => categories.value.find((item) => item.code === code)?.label ?? code ?? "";
  /* Leaves under their heads, for a list one chooses from. */
  const groups = computed(() => {
    const heads = categories.value.filter((item) => !item.parent && categories.value.some((one) => one.parent === item.code));
    const found = heads.map((head) => ({ label: head.label, items: categories.value.filter((item) => item.parent === head.code) }));
    const rest = categories.value.filter((item) => !heads.includes(item) && !heads.some((head) => head.code === item.parent));
    return rest.length ? [...found, { label: "", items: rest }] : found;
  });
  return { meta, categories, groups, load, kind, channel, urgency, category };
});
