/* Light or dark, and 长辈版: kept on this device only. */
import { ref } from "vue";

export type Theme = "light" | "dark" | "auto";
export const theme = ref<Theme>((localStorage.getItem("wx.theme") as Theme | null) ?? "auto");
export const large = ref(localStorage.getItem("wx.large") === "1");
const system = matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const dark = theme.value === "dark" || (theme.value === "auto" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.documentElement.dataset.large = large.value ? "1" : "0";
}
export function setTheme(value: Theme): void {
  theme.value = value;
  localStorage.setItem("wx.theme", value);
  apply();
}
export function setLarge(value: boolean): void {
  large.value = value;
  localStorage.setItem("wx.large", value ? "1" : "0");
  apply();
}
export function startTheme(entry: "desk" | "phone" | "public"): void {
  document.documentElement.dataset.entry = entry;
  system.addEventListener("change", apply);
  apply();
}
