/* The phone pages of a grid worker. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import "@/style/index.css";
import "vant/es/style/base.css";
import "@/style/phone.css";
import { i18n, startI18n } from "@/lib/i18n";
import { startShell } from "@/lib/able";
import { startReach } from "@/lib/reach";
import { rememberMe } from "@/lib/session";
import { startTheme } from "@/lib/theme";
import App from "./App.vue";
import { router } from "./router";

startTheme("phone");
rememberMe();
startReach();
addEventListener("load", () => setTimeout(() => void startShell(), 1000));
void startI18n({
  "zh-CN": [() => import("@/i18n/zh/common"), () => import("@/i18n/zh/shared"), () => import("@/i18n/zh/phone")],
  en: [() => import("@/i18n/en/common"), () => import("@/i18n/en/shared"), () => import("@/i18n/en/phone")],
}).then(() => createApp(App).use(createPinia()).use(i18n).use(router).mount("#app"));
