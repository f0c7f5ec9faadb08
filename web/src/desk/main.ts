/* The desk and the wall. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import "@/style/index.css";
import "@/style/desk.css";
import "element-plus/theme-chalk/base.css";
import "@/style/element.css";
import { i18n, startI18n } from "@/lib/i18n";
import { startTheme } from "@/lib/theme";
import App from "./App.vue";
import { router } from "./router";

startTheme("desk");
void startI18n({
  "zh-CN": [() => import("@/i18n/zh/common"), () => import("@/i18n/zh/shared"), () => import("@/i18n/zh/desk")],
  en: [() => import("@/i18n/en/common"), () => import("@/i18n/en/shared"), () => import("@/i18n/en/desk")],
}).then(() => createApp(App).use(createPinia()).use(i18n).use(router).mount("#app"));
