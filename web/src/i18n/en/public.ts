/* Words of the pages without a log-in, English. */
import type zh from "../zh/public";
const words: typeof zh = {
  public: {
    track_title: "Track a report", code: "Tracking code", code_hint: "The letters and digits you were given, e.g. 7K2M-9QZ4-T3WA", look: "Look up", due: "An answer is promised by {at}", steps: "What happened", reopen: "Not solved, please take it up again", reopen_reason: "What is still not solved", reopened: "It has been taken up again", rate: "Tell us how it went", responded: "Did somebody contact you?", resolved: "Was it solved?",
    satisfied: "Are you satisfied?", note: "Anything else (optional)", rated: "Thank you for your answer", another: "Track another", large_on: "Large type", large_off: "Normal type", report_title: "Report a problem", place: "Place", what: "What is wrong", what_hint: "A few words will do, or just a photo", category: "Category (optional)", photo: "Photo", contact: "A telephone number, so that we can tell you the result (optional)", name: "Your name", phone: "Telephone", send: "Send",
    same_title: "Already reported here", same: "Mine too", same_done: "Noted that you report it too", filed: "Received", your_code: "Your tracking code", code_keep: "Write it down or take a screenshot; it shows you the progress at any time", copy_code: "Copy", track: "Track it", answer_title: "Whistle notice", confirm_title: "Please confirm", next_link: "Report the rest on this page: the address bar now holds the next link, the old one is used up.", from: "From", until: "Please report in by {at}", who: "Your name", who_phone: "Your telephone", report_in: "Received, on our way", finish: "Done", decline: "Not ours", finish_text: "What was done", decline_text: "Reason", basis: "Legal basis",
    answered: "The street has been told", now: "Now: {state}", choose: "Choose", emergency: "Danger to life: call 119, 120 or 110 first", missing: "No such page", other_language: "中文", photo_failed: "A photo did not go through; you can send it again on the tracking page", see_photo: "See the photo",
  },
};
export default words;
