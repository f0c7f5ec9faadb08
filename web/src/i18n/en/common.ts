/* Words shared by all pages, English. */
import type zh from "../zh/common";
const words: typeof zh = {
  app: { name: "Wuxing", line: "Every matter of a street reaches its end" },
  demo: { mark: "Demo data: people, units and events are all invented" },
  time: {
    moment: "under a minute", minutes: "{n} min", hours: "{n} h", hours_more: "{n} h {m} min", days: "{n} d", days_more: "{n} d {m} h",
    just_now: "just now", ago: "{span} ago", in: "in {span}", left: "{span} left", over: "{span} over",
  },
  live: { live: "Live", connecting: "Connecting", lost: "Connection lost", banner: "Lost the server at {at}; what you see may be stale. It resumes by itself" },
  do: {
    save: "Save", cancel: "Cancel", close: "Close", again: "Try again", loading: "Loading…", done: "Done", copied: "Copied", copy: "Copy", print: "Print",
    delete: "Delete", add: "Add", edit: "Edit", search: "Search", back: "Back", send: "Submit", yes: "Yes", no: "No", next: "Next", more: "More", remove: "Remove {name}",
  },
  map: { closer: "Closer", farther: "Farther" },
  elder: { on: "Large type", off: "Normal type", smaller: "Smaller", larger: "Larger" },
  urgency: { urgent: "Urgent", critical: "Critical" },
  error: { offline: "The server cannot be reached; check the network and try again" },
  pick: { type: "Type a name to find", none: "Nothing found", clear: "Clear", drop: "Remove {name}" },
  form: { choose: "Choose", optional: "optional" },
  files: { add: "Add photo or file", sending: "Uploading" },
  login: {
    login: "Log-in name", password: "Password", otp: "One-time code (6 digits)", enter: "Log in", demo: "Demo street: one click logs in", track: "Residents: track a report",
  },
  nav: {
    login: "Log in", home: "Today", matters: "Matters", report: "New report", whistle: "Whistle", direct: "Phone whistle", wall: "Command room", figures: "Figures", me: "My account",
    api: "API", admin: "Administration", main: "Main navigation", fold: "Fold", search: "Search matters, numbers, addresses", keys: "Keyboard shortcuts", account: "Account menu", light: "Light", dark: "Dark",
    other_language: "中文", phone: "Phone pages", logout: "Log out", skip: "Skip to content",
  },
};
export default words;
