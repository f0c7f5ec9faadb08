/* Words of forms that desk, phone and public pages share. */
import type zh from "../zh/shared";
const words: typeof zh = {
  report: {
    save_key: "Ctrl+Enter saves", text: "What happened", text_hint: "Write it down, or paste from a WeChat group or the 12345 page (text and screenshots)", pictures: "Photos", urgent: "Urgent", confidential: "Keep the reporter secret", mirror: "Upstream order",
    upstream: "From", citygrid: "City platform", other: "Other", upstream_number: "Order number", upstream_due: "Upstream limit", channel: "Channel", category: "Category", category_auto: "Let the system decide", name: "Reporter", phone: "Telephone", save: "File",
    save_merge: "File and merge into {number}", clear: "Clear", place: "Where", area: "Area", address: "Address", address_hint: "e.g. 75 Market Street, door of building 2", map: "Click the map to choose the place", map_hint: "One click on the map is the place; the grid is found", disputed: "Two grids claim this point: the first receiver acts, both clocks run",
    similar: "Is it the same trouble?", similar_none: "Similar open matters appear here as you type", same: "Same one", metres: "{n} m away", filed: "Filed", reply_line: "One line to paste back into the group:", copy_line: "Copy this line", open: "Open it", another: "File another",
  },
  password: { title: "Change password", first_hint: "This is your first log-in: choose your own password", old: "Present password", new: "New password (8 or more)", again: "Once more", differs: "The two differ", change: "Change password", done: "Password changed" },
};
export default words;
