/* Keyboard for the desk: single letters act only outside inputs and dialogs. */
import { onMounted, onUnmounted } from "vue";

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], .el-overlay, dialog[open]");
}

export function useKeys(map: KeyMap): void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
      return;
    const action = map[event.key];
    if (!action || isTyping(event.target))
      return;
    if (event.key === "Enter" && (event.target as HTMLElement).closest?.("a, button"))
      return;
    event.preventDefault();
    action(event);
  };
  onMounted(() => document.addEventListener("keydown", listen));
  onUnmounted(() => document.removeEventListener("keydown", listen));
}
