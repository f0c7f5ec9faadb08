/* Words of the desk and the wall, English. */
import type zh from "../zh/desk";
const words: typeof zh = {
  home: { title: "{name}: what needs you now", mine: "Mine", all: "All", mine_empty: "Nothing waits for you", mine_hint: "See what nobody has taken yet", late: "Overdue", unclaimed: "Unclaimed", unclaimed_empty: "Everything has somebody" },
  board: { alarms: "Alarms", overdue: "Overdue", due_today: "Due today", unclaimed: "Unclaimed", open: "Open", done_today: "Done today", opened_today: "New today" },
  list: {
    xlsx: "Export XLSX", csv: "Export CSV", columns: "Columns", fresh: "{n} new, click to show", empty: "No matter fits", empty_hint: "Loosen the filters, or file a new one", clear: "Clear filters", shown: "{n} shown",
    more: "50 more", matter: "Matter", mark: "Mark {number}", mark_all: "Mark all", mirror: "Upstream", confidential: "Confidential", reporters: "{n} reporters", nobody: "Unclaimed", filters: "Filters", q: "Text, number, address",
    any_kind: "Any kind", any_state: "Any state", any_area: "Any area", any_category: "Any category", any_channel: "Any channel", any_urgency: "Any urgency", sort: "Sort", newest: "Newest first", due_first: "Due first", more_filters: "More filters", from: "From", to: "To",
  },
  column: { area: "Area", category: "Category", owner: "Owner", state: "State", due: "Limit", opened: "Opened", changed: "Changed", channel: "Channel", kind: "Kind", urgency: "Urgency" },
  view: { label: "Views", open: "Open", mine: "Mine", overdue: "Overdue", unclaimed: "Unclaimed", done: "Ended", all: "All", keep: "Save as view", name: "Name of the view", drop: "Delete view {name}" },
  bulk: { marked: "{n} marked", mixed: "Different kinds cannot be moved together", clear: "Unmark", title: "{move}: {n} matters", done: "{n} done, {bad} failed", undo: "Undo", undone: "Undone" },
  move: { sure: "Really: {move}?", done: "Done: {move}" },
  matter: {
    gone_hint: "It may be outside your area, or the number is wrong", to_list: "Back to the list", text: "What happened", place: "Place", map: "Map of the place", owner: "Owner", code: "Code", copy_code: "Copy the tracking code", more: "More", clocks: "Limits", paused: "Paused",
    done_late: "Done late", done_in_time: "Done in time", until: "by {at}", thread: "Thread", system: "System", note: "Add note", note_hint: "Add a note (Ctrl+Enter sends)", reporters: "Reporters", no_name: "No name given", unmask: "Show", unmask_title: "Show full details",
    unmask_hint: "This is logged; the person can see who looked and why.", unmask_reason: "Reason", links: "Links", papers: "Papers", docx: "Word", papers_hint: "Print and stamp it; a photo of the signed sheet finds this matter",
  },
  link: { child: "Child", parent: "Parent", same: "Same matter", bundle: "Bundle", merged: "Merged into", duplicate: "Duplicate" },
  promise: { title: "Promises", add: "Note one", what: "What was promised", when: "By when", none: "No promises", keep: "Kept", kept: "Kept", mine: "What I promised", none_mine: "No open promise" },
  mirror: { title: "Upstream order", hint: "Return, extension, suspension and closing are requests until the upstream answer is recorded.", waiting: "Awaiting upstream", copy: "Copy reply", preview: "Preview the reply" },
  whistle: {
    calls: "Departments called", department: "Department", answer: "Act", no_calls: "Departments are told after approval",
  },
  keys: { title: "Keyboard", find: "Search", report: "New report", whistle: "Whistle", direct: "Phone whistle", palette: "Go to (also Ctrl+K)", move: "Up and down", open: "Open", mark: "Mark", next: "Next step", note: "Add a note", back: "Back", help: "This table" },
  palette: { title: "Go to", hint: "A page, a matter's number or words" },
  alarm: { title: "Alarms waiting: {n}", flash: "● ALARM", blocked: "The browser blocks sound; click to allow it:", unblock: "Turn sound on", see: "Handle" },
  missing: { title: "No such page", hint: "The address may be wrong" },
  admin: { accounts: "Accounts and grants", areas: "Areas and seats", orgs: "Organisations", rules: "Rules", imports: "Imports", webhooks: "Webhooks", tokens: "API tokens", log: "Operation log" },
};
export default words;
