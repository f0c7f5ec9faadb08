-- What a report has beside its matter. Booleans 0/1, times ms; answers of the call-back stand with what they counted as
-- by rules/callback.yaml on that day, so that a later rule does not change an earlier rate.
create table report(
  id ID, nature TEXT_C not null, client_key TEXT_C, slip TEXT_C, accused REF, danger TEXT_C, disputed bigint not null default 0,
  joined TEXT_C, joined_at bigint, bundle bigint not null default 0,
  assigned_at bigint, contacted_at bigint, due_close bigint, left_ms bigint, done_at bigint, resolver REF, result TEXT_C,
  returns bigint not null default 0, return_basis TEXT_C, return_reason text,
  extends bigint not null default 0, redos bigint not null default 0,
  attempts bigint not null default 0, called_at bigint, caller REF, outcome TEXT_C, called_by TEXT_C,
  responded TEXT_C, resolved TEXT_C, satisfied TEXT_C,
  responded_counts bigint not null default 0, resolved_counts bigint not null default 0, satisfied_counts bigint not null default 0,
  up_responded bigint, up_resolved bigint, up_satisfied bigint, up_at bigint);
create unique index report_client on report(client_key) where client_key is not null;
create unique index report_slip on report(slip) where slip is not null;
create index report_due on report(due_close) where due_close is not null;           -- periods of figures
create table report_request(                               -- extension and suspension, until somebody else has answered
  id ID, report REF not null, verb TEXT_C not null, account REF, at bigint not null, reason text not null, until_at bigint,
  answered_at bigint, answered_by REF, accepted bigint, answer text);
create index report_request_report on report_request(report);
create table report_reply(
  id ID, report REF not null, account REF, at bigint not null, body text not null, public bigint not null);
create index report_reply_report on report_reply(report);
