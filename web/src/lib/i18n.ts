/* Words: one file per language and entry, Chinese first. `pseudo` brackets every text so that a test can see what was not translated. A missing key is written to the console and to window.__missing. */
import { createI18n } from "vue-i18n";
import { nextTick, ref } from "vue";
import { setApiLanguage } from "./api";

export type Words = { [key: string]: string | Words };
export type Loader = () => Promise<{ default: Words }>;
export type Lang = "zh-CN" | "en" | "pseudo";

declare global { interface Window { __missing?: string[] } }

export const lang = ref<Lang>("zh-CN");
let loaders: Record<"zh-CN" | "en", Loader[]> = { "zh-CN": [], en: [] };

export const i18n = createI18n({
  legacy: false,
  globalInjection: true,
  locale: "zh-CN",
  fallbackLocale: false as never,
  messages: {},
  missing: (locale, key) => {
    (window.__missing ??= []).push(`${locale}:${key}`);
    console.error(`missing text ${key} in ${locale}`);
    return key;
  },
});

export function t(key: string, values: Record<string, unknown> = {}): string {
  return i18n.global.t(key, values);
}

export function pseudo(words: Words): Words {
  return Object.fromEntries(Object.entries(words).map(([key, value]) =>
    [key, typeof value === "string" ? value.split(" | ").map((part) => `[!${part}!]`).join(" | ") : pseudo(value)]));
}

async function load(wanted: Lang): Promise<Words> {
  const parts = await Promise.all(loaders[wanted === "en" ? "en" : "zh-CN"].map((loader) => loader()));
  const words: Words = Object.assign({}, ...parts.map((part) => part.default));
  return wanted === "pseudo" ? pseudo(words) : words;
}

export async function setLang(wanted: Lang): Promise<void> {
  i18n.global.setLocaleMessage(wanted, await load(wanted));
  (i18n.global.locale as unknown as { value: string }).value = wanted;
  lang.value = wanted;
  localStorage.setItem("wx.lang", wanted);
  document.documentElement.lang = wanted === "en" ? "en" : "zh-CN";
  setApiLanguage(wanted, t("error.offline"));
  await nextTick();
}

export async function startI18n(given: Record<"zh-CN" | "en", Loader[]>): Promise<void> {
  loaders = given;
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem("wx.lang") ?? navigator.language;
  await setLang(asked === "pseudo" ? "pseudo" : asked.startsWith("en") ? "en" : "zh-CN");
}
