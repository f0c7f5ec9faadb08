/* Words of the grid worker's phone, English. */
import type zh from "../zh/phone";
const words: typeof zh = {
  phone: {
    mine: "Mine", new: "New", me: "Me", unclaimed: "Unclaimed", late: "Overdue", pull: "Pull to refresh", loose: "Let go to refresh", unsent: "{n} not yet sent", fresh: "{n} new, tap to show",
    empty_mine: "Nothing waits for you", empty_unclaimed: "Everything has somebody", empty_late: "Nothing is overdue", empty_hint: "See something? One photo files it", done: "Done: {move}", photo: "Camera", album: "Album", reporter: "Reporter", thread: "Thread", system: "System",
    promised: "What I promised", kept: "Kept", desk: "Desk pages", not_secure: "This is not https: no automatic location. Photos work; what you file without signal stays on this phone and is sent later.",
    text_hint: "In one sentence (your keyboard can take dictation)", locate: "Locate", locating: "Locating…", located: "Located", no_location: "No location here; choose an area or write the address", kept_here: "No signal: kept on this phone", kept_hint: "It is sent once, by itself, when there is signal; see it under Mine",
    offline_bar: "No signal: file and handle as usual; all is kept on this phone and sent once when the signal is back", offline_since: "(since {at})", fresh_version: "A newer version of this page is here", take_version: "Use it", send_now: "Send now", pictures: "{n} photos", conflict: "Somebody else acted meanwhile: compare and decide", compare: "Compare", conflict_here: "What you did without signal differs from how it stands now", all_unsent: "Show all {n}",
    unsent_others: "{n} more were left by another account, who sends them after logging in", conflict_title: "The two differ: you decide", side_mine: "What you did without signal", side_now: "How it stands now", insist: "{move} all the same", as_note: "Add it as a note only", give_up: "Drop mine", list_at: "No signal: the list as of {at}", no_list: "No signal, no list", no_list_hint: "You can still file new reports; what you took along can be read and handled", carried: "Taken along", carried_at: "No signal: this was taken along at {at} and may have changed", take_along: "Take along (works without signal)", put_down: "Taken along; tap to put down",
    kept_move: "No signal: “{move}” is kept on this phone", queued_move: "“{move}” is kept, not yet sent", photos_waiting: "{n} to send", leave_title: "{n} not sent yet", leave_hint: "Logging out clears what this phone keeps.", leave_send: "Send, then log out", leave_drop: "Delete these {n} and log out",
    other: "Other", find_person: "Department or name", firm: "Which firm (or community)", they_promised: "What they promised", by_when: "By when",
  },
  able: {
    title: "What this browser can do", keeps: "What you file and handle without signal is kept on this phone, even after closing or a restart", no_keeps: "This browser cannot keep anything: do not file without signal", opens: "Opens this page without signal", no_opens: "Cannot open this page without signal: open it before you leave and keep it open", locates: "Can find your place", no_locates: "Cannot find your place: choose the area or write the address",
    fetching: "Fetching the pages; afterwards they open without signal", wechat: "WeChat's own browser on an iPhone cannot open pages without signal; use “…” at the top right and “Open in browser”.", no_app: "This page is not an app: nothing to install, and your movements are not recorded.", hint: "This browser cannot open the page without signal; a page already open works as usual.",
  },
};
export default words;
