/* A list of matters that pages by cursor and stays still: events change a row in place, new ones are only counted. */
import { ref, toRaw } from "vue";
import { asProblem, get, type Problem } from "@/lib/api";
import { onFeed } from "@/lib/feed";
import { asked, type Filter } from "@/lib/filter";
import { useMeta } from "@/lib/meta";
import type { FeedEvent, MatterItem, Page } from "@/lib/types";

const MORE = 200;

export function useMatters(current: () => Filter, limit = 50) {
  const items = ref<MatterItem[]>([]);
  const next = ref<string | null>(null);
  const busy = ref(false);
  const asking = ref(false);
  const problem = ref<Problem | null>(null);
  const fresh = ref(new Set<number>());
  const meta = useMeta();
  let round = 0;

  async function load(more = false): Promise<void> {
    const mine = ++round;
    busy.value = true;
    problem.value = null;
    if (!more) {
      asking.value = true;
      fresh.value = new Set();
    }
    try {
      const page = await get<Page<MatterItem>>("/matters", { ...asked(current()), limit: more ? MORE : limit, after: more ? next.value : undefined });
      if (mine !== round)
        return;
      if (more)
        items.value.push(...page.items);
      else
        items.value = page.items;
      next.value = page.next ?? null;
    } catch (fault) {
      if (mine === round)
        problem.value = asProblem(fault);
    }
    if (mine === round)
      busy.value = asking.value = false;
  }
  onFeed((event: FeedEvent) => {
    const at = toRaw(items.value).findIndex((item) => item.id === event.matter);
    if (at >= 0) {
      const row = items.value[at];
      row.phase = event.phase;
      row.state = event.state;
      row.state_label = meta.kind(event.kind)?.states.find((state) => state.name === event.state)?.label ?? row.state_label;
      row.changed_at = event.at;
      return;
    }
    const kind = current().kind;
    if (event.phase === "open" && (!kind || kind.split(",").includes(event.kind)))
      fresh.value = new Set([...fresh.value, event.matter]);
  });
  return { items, next, busy, asking, problem, fresh, load };
}
