/* The alarm's sound, made here (no file): two tones until stopped. A browser blocks sound before the first touch; say so. */
import { ref } from "vue";

export const soundBlocked = ref(false);
export const soundOff = ref(false);
let context: AudioContext | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

function beep(): void {
  if (!context || context.state !== "running" || soundOff.value)
    return;
  for (const [index, pitch] of [880, 660].entries()) {
    const tone = context.createOscillator(), volume = context.createGain();
    const at = context.currentTime + index * 0.28;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.35, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.26);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.27);
  }
}

/* Asks the browser whether sound is allowed; call on a touch to unlock it. */
export async function tryUnlock(): Promise<void> {
  context ??= new AudioContext();
  void context.resume();
  await new Promise((resolve) => setTimeout(resolve, 150));
  soundBlocked.value = context.state !== "running";
}

export function startAlarm(): void {
  void tryUnlock().then(beep);
  clearInterval(timer);
  timer = setInterval(beep, 1400);
}
export function stopAlarm(): void {
  clearInterval(timer);
  timer = undefined;
}
