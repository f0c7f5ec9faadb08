/* Which rows of a long list stand on the screen: rows of one height under the page's own scroll bar, a few more above and
 * below. The rest is space, so a hundred thousand rows cost what thirty do. */
import { computed, onMounted, onUnmounted, onUpdated, ref, type Ref } from "vue";

const MORE = 12, FIRST_GUESS = 60;

export function useWindow(body: Ref<HTMLElement | undefined>, count: () => number, on: () => boolean) {
  const height = ref(FIRST_GUESS), top = ref(0), screen = ref(innerHeight);
  let asked = 0;

  function look(): void {
    asked = 0;
    if (!body.value)
      return;
    const row = body.value.querySelector<HTMLElement>("tr[id]");
    if (row && row.offsetHeight && Math.abs(row.offsetHeight - height.value) >= 1)
      height.value = row.offsetHeight;
    top.value = Math.max(0, -body.value.getBoundingClientRect().top);
    screen.value = innerHeight;
  }
  const later = () => { asked ||= requestAnimationFrame(look); };
  const from = computed(() => on() ? Math.max(0, Math.min(count() - 1, Math.floor(top.value / height.value)) - MORE) : 0);
  const to = computed(() => on() ? Math.min(count(), from.value + Math.ceil(screen.value / height.value) + 2 * MORE) : count());
  const above = computed(() => from.value * height.value), below = computed(() => (count() - to.value) * height.value);

  onMounted(() => {
    if (!on())
      return;
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later);
    later();
  });
  onUpdated(() => { if (on()) later(); });
  onUnmounted(() => {
    removeEventListener("scroll", later);
    removeEventListener("resize", later);
    cancelAnimationFrame(asked);
  });
  return { from, to, above, below };
}
