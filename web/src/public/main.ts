/* Pages without a log-in: a resident's report and its track, a department's answer. No router: the address chooses one page. */
import { createApp } from "vue";
import "@/style/index.css";
import "@/style/phone.css";
import { i18n, startI18n } from "@/lib/i18n";
import { startTheme } from "@/lib/theme";
import App from "./App.vue";

startTheme("public");
void startI18n({
  "zh-CN": [() => import("@/i18n/zh/common"), () => import("@/i18n/zh/public")],
  en: [() => import("@/i18n/en/common"), () => import("@/i18n/en/public")],
}).then(() => createApp(App).use(i18n).mount("#app"));
