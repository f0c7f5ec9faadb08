/* Who is logged in, and what the office is called. A page that must open without signal remembers on this device who it
 * belongs to (a name and roles, never a password or a token) until log-out. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { asProblem, call, get, post } from "./api";
import { startFeed, stopFeed } from "./feed";
import type { Me } from "./types";

const REMEMBERED = "wx.me", ENDED = "wx.ended";
let remembers = false;
export function rememberMe(): void {
  remembers = true;
}
function remembered(): Me | null {
  const text = remembers ? localStorage.getItem(REMEMBERED) : null;
  return text ? JSON.parse(text) as Me : null;
}
function remember(me: Me | null): void {
  if (me && remembers)
    localStorage.setItem(REMEMBERED, JSON.stringify(me));
  else if (!me)
    localStorage.removeItem(REMEMBERED);
}

export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const asked = ref(false);
  const fromMemory = ref(false);
  const demo = computed(() => me.value?.office?.demo ?? false);
  const roles = computed(() => new Set(me.value?.grants.map((grant) => grant.role) ?? []));

  async function ask(): Promise<Me | null> {
    if (localStorage.getItem(ENDED)) {
      await call("DELETE", "/session").catch((fault) => { if (asProblem(fault).code === "offline") throw fault; });
      localStorage.removeItem(ENDED);
    }
    return get<Me>("/me");
  }
  async function load(): Promise<Me | null> {
    try {
      me.value = await ask();
      fromMemory.value = false;
      remember(me.value);
      if (me.value && !me.value.must_change_password)
        startFeed();
    } catch (fault) {
      const offline = asProblem(fault).code === "offline" && !localStorage.getItem(ENDED);
      me.value = offline ? remembered() : null;
      fromMemory.value = !!me.value;
    }
    asked.value = true;
    return me.value;
  }
  async function logIn(login: string, password: string, otp?: string): Promise<Me> {
    localStorage.removeItem(ENDED);
    await post<Me>("/session", otp ? { login, password, otp } : { login, password });
    const answer = await load();
    if (!answer)
      throw new Error("session");
    return answer;
  }
  /* Without signal the session is ended at the server as soon as it can be reached; here it is over at once. */
  async function logOut(): Promise<void> {
    await call("DELETE", "/session").catch((fault) => { if (asProblem(fault).code === "offline") localStorage.setItem(ENDED, "1"); });
    stopFeed();
    remember(null);
    me.value = null;
  }
  const has = (...wanted: string[]) => wanted.some((role) => roles.value.has(role));
  return { me, asked, fromMemory, demo, roles, load, logIn, logOut, has };
});
