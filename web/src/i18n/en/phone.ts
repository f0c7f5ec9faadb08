/* Words of the grid worker's phone, English. */
import type zh from "../zh/phone";
const words: typeof zh = {
  phone: {
    mine: "Mine", new: "New", me: "Me", unclaimed: "Unclaimed", late: "Overdue", pull: "Pull to refresh", loose: "Let go to refresh", unsent: "{n} not yet sent", fresh: "{n} new, tap to show", urgent: "Urgent",
    empty_mine: "Nothing waits for you", empty_unclaimed: "Everything has somebody", empty_late: "Nothing is overdue", empty_hint: "See something? One photo files it", done: "Done: {move}", photo: "Camera", album: "Album", reporter: "Reporter", thread: "Thread", system: "System",
    promised: "What I promised", kept: "Kept", large_on: "Large type", large_off: "Normal type", desk: "Desk pages", not_secure: "This is not https: no automatic location. Photos work; what you file without signal stays on this phone and is sent later.",
    text_hint: "In one sentence (your keyboard can take dictation)", locate: "Locate", locating: "Locating…", located: "Located", no_location: "No location here; choose an area or write the address", kept_here: "No signal: kept on this phone", kept_hint: "It is sent once, by itself, when there is signal; see it under Mine",
    other: "Other", find_person: "Department or name", firm: "Which firm (or community)", they_promised: "What they promised", by_when: "By when",
  },
};
export default words;
