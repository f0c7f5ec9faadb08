/* Light or dark, and 长辈版 in three sizes (body text 22, 26, 30 px; nothing under 18): kept on this device only. */
import { computed, ref } from "vue";

export type Theme = "light" | "dark" | "auto";
export const ELDER_STEPS = 3;
export const theme = ref<Theme>((localStorage.getItem("wx.theme") as Theme | null) ?? "auto");
export const elder = ref(stepOf(localStorage.getItem("wx.large")));
export const large = computed(() => elder.value > 0);
const system = matchMedia("(prefers-color-scheme: dark)");

function stepOf(kept: string | null): number {
  const step = Number(kept ?? 0);
  return Number.isInteger(step) && step > 0 ? Math.min(step, ELDER_STEPS) : 0;
}
function apply(): void {
  const dark = theme.value === "dark" || (theme.value === "auto" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.large = String(elder.value);
  document.documentElement.toggleAttribute("data-elder", elder.value > 0);
}
export function setTheme(value: Theme): void {
  theme.value = value;
  localStorage.setItem("wx.theme", value);
  apply();
}
export function setElder(step: number): void {
  elder.value = stepOf(String(step));
  localStorage.setItem("wx.large", String(elder.value));
  apply();
}
export function startTheme(entry: "desk" | "phone" | "public"): void {
  document.documentElement.dataset.entry = entry;
  system.addEventListener("change", apply);
  apply();
}
