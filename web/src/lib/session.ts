/* Who is logged in, and what the office is called. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { call, get, post } from "./api";
import { startFeed, stopFeed } from "./feed";
import type { Me } from "./types";

export const useSession = defineStore("session", () => {
  const me = ref<Me | null>(null);
  const asked = ref(false);
  const demo = computed(() => me.value?.office?.demo ?? false);
  const roles = computed(() => new Set(me.value?.grants.map((grant) => grant.role) ?? []));

  async function load(): Promise<Me | null> {
    try {
      me.value = await get<Me>("/me");
      if (!me.value.must_change_password)
        startFeed();
    } catch {
      me.value = null;
    }
    asked.value = true;
    return me.value;
  }
  async function logIn(login: string, password: string, otp?: string): Promise<Me> {
    await post<Me>("/session", otp ? { login, password, otp } : { login, password });
    const answer = await load();
    if (!answer)
      throw new Error("session");
    return answer;
  }
  async function logOut(): Promise<void> {
    await call("DELETE", "/session").catch(() => undefined);
    stopFeed();
    me.value = null;
  }
  const has = (...wanted: string[]) => wanted.some((role) => roles.value.has(role));
  return { me, asked, demo, roles, load, logIn, logOut, has };
});
