declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<Record<string, never>, Record<string, never>, unknown>;
  export default component;
}
declare module "element-plus/es/locale/lang/zh-cn" {
  const locale: import("element-plus/es/locale").Language;
  export default locale;
}
declare module "element-plus/es/locale/lang/en" {
  const locale: import("element-plus/es/locale").Language;
  export default locale;
}
