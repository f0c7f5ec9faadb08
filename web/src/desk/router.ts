import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { useSession } from "@/lib/session";
import { get, whenLoggedOut } from "@/lib/api";

const routes: RouteRecordRaw[] = [
  { path: "/login", component: () => import("./pages/LoginPage.vue"), meta: { bare: true, open: true, title: "nav.login" } },
  { path: "/setup", component: () => import("./pages/SetupPage.vue"), meta: { bare: true, open: true, title: "setup.title" } },
  { path: "/password", component: () => import("./pages/PasswordPage.vue"), meta: { bare: true, title: "password.title" } },
  { path: "/", component: () => import("./pages/HomePage.vue"), meta: { title: "nav.home" } },
  { path: "/matters", component: () => import("./pages/ListPage.vue"), meta: { title: "nav.matters" } },
  { path: "/matters/:id(\\d+)", component: () => import("./pages/MatterPage.vue"), meta: { title: "nav.matters" } },
  { path: "/report/new", component: () => import("@modules/report/desk.vue"), meta: { title: "nav.report" } },
  { path: "/whistle/new", component: () => import("@modules/whistle/desk.vue"), meta: { title: "nav.whistle" } },
  { path: "/whistle/phone", component: () => import("@modules/whistle/direct.vue"), meta: { title: "nav.direct" } },
  { path: "/alarms", component: () => import("@modules/care/console.vue"), meta: { title: "care.alarms" } },
  { path: "/elders/:id(\\d+)?", component: () => import("@modules/care/elders.vue"), meta: { title: "care.elders" } },
  { path: "/devices", component: () => import("@modules/care/devices.vue"), meta: { title: "care.devices" } },
  { path: "/wall", component: () => import("../wall/WallPage.vue"), meta: { bare: true, title: "nav.wall" } },
  { path: "/figures", component: () => import("./pages/FiguresPage.vue"), meta: { title: "nav.figures" } },
  { path: "/figures/:name", component: () => import("./pages/FiguresPage.vue"), meta: { title: "nav.figures" } },
  { path: "/morning", component: () => import("./pages/MorningPage.vue"), meta: { title: "morning.title" } },
  { path: "/promises", component: () => import("./pages/PromisesPage.vue"), meta: { title: "promise.mine" } },
  { path: "/me", component: () => import("./pages/AccountPage.vue"), meta: { title: "nav.me" } },
  { path: "/api", component: () => import("./pages/ApiPage.vue"), meta: { title: "nav.api" } },
  { path: "/desk/design", component: () => import("./pages/DesignPage.vue"), meta: { bare: true, open: true, title: "design.title" } },
  { path: "/admin", redirect: "/admin/accounts" },
  { path: "/admin/accounts", component: () => import("./pages/admin/AccountsPage.vue"), meta: { title: "admin.accounts" } },
  { path: "/admin/areas", component: () => import("./pages/admin/AreasPage.vue"), meta: { title: "admin.areas" } },
  { path: "/admin/orgs", component: () => import("./pages/admin/OrgsPage.vue"), meta: { title: "admin.orgs" } },
  { path: "/admin/rules", component: () => import("./pages/admin/RulesPage.vue"), meta: { title: "admin.rules" } },
  { path: "/admin/imports", component: () => import("./pages/admin/ImportsPage.vue"), meta: { title: "admin.imports" } },
  { path: "/admin/webhooks", component: () => import("./pages/admin/WebhooksPage.vue"), meta: { title: "admin.webhooks" } },
  { path: "/admin/tokens", component: () => import("./pages/admin/TokensPage.vue"), meta: { title: "admin.tokens" } },
  { path: "/admin/log", component: () => import("./pages/admin/LogPage.vue"), meta: { title: "admin.log" } },
  { path: "/:rest(.*)*", component: () => import("./pages/MissingPage.vue"), meta: { title: "missing.title" } },
];

export const router = createRouter({ history: createWebHistory(), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } });

router.beforeEach(async (to) => {
  const session = useSession();
  if (!session.asked)
    await session.load();
  if (to.meta.open)
    return true;
  if (!session.me) {
    const setup = await get<{ needed: boolean }>("/setup").catch(() => ({ needed: false }));
    return setup.needed ? { path: "/setup", query: to.query } : { path: "/login", query: to.fullPath === "/" ? {} : { to: to.fullPath } };
  }
  if (session.me.must_change_password && to.path !== "/password")
    return "/password";
  return true;
});

whenLoggedOut(() => {
  const session = useSession();
  const here = router.currentRoute.value;
  if (!session.asked || here.meta.open || !session.me)
    return;
  session.me = null;
  void router.replace({ path: "/login", query: { to: here.fullPath } });
});
