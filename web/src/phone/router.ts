import { createRouter, createWebHistory } from "vue-router";
import { whenLoggedOut } from "@/lib/api";
import { queueFor, startQueue } from "@/lib/queue";
import { whenBack } from "@/lib/reach";
import { useSession } from "@/lib/session";
import LoginPage from "./pages/LoginPage.vue";
import MinePage from "./pages/MinePage.vue";

export const router = createRouter({
  history: createWebHistory("/phone"),
  routes: [
    { path: "/login", component: LoginPage, meta: { open: true, bare: true } },
    { path: "/password", component: () => import("./pages/PasswordPage.vue"), meta: { bare: true } },
    { path: "/", component: MinePage },
    { path: "/new", component: () => import("@modules/report/phone.vue") },
    { path: "/direct", component: () => import("@modules/whistle/phone.vue"), meta: { bare: true } },
    { path: "/m/:id(\\d+)", component: () => import("./pages/MatterPage.vue"), meta: { bare: true } },
    { path: "/me", component: () => import("./pages/MePage.vue") },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});

/* Who is remembered here must be asked for again before anything is sent in his name. */
whenBack(async () => {
  const session = useSession();
  if (!session.fromMemory)
    return;
  const me = await session.load();
  if (me)
    begin(me.account.id);
  else
    void router.replace("/login");
});
function begin(id: number): void {
  const session = useSession();
  queueFor(id, !session.fromMemory);
  startQueue();
}
router.beforeEach(async (to) => {
  const session = useSession();
  if (!session.asked)
    await session.load();
  if (to.meta.open)
    return true;
  if (!session.me)
    return { path: "/login", query: to.fullPath === "/" ? {} : { to: to.fullPath } };
  if (session.me.must_change_password && to.path !== "/password")
    return "/password";
  begin(session.me.account.id);
  return true;
});
whenLoggedOut(() => {
  const session = useSession();
  if (!session.me)
    return;
  session.me = null;
  void router.replace("/login");
});
