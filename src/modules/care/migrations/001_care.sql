-- 云牵挂, 呼叫器伙伴: the elder's file, devices beyond the engine's row, alarms, upkeep and outages.
-- Columns named *_sealed hold personal data, sealed by engine/person_seal.h with noun and id as context.
create table care_elder(                                   -- id is the person's
  id ID, state TEXT_C not null, living TEXT_C not null, dialect TEXT_C, hearing TEXT_C, needs text not null,
  risk TEXT_C not null, risk_rule TEXT_C,                  -- risk_rule: the criterion that gave the grade; NULL: set by hand
  risk_note text, called_sealed BLOB, spoken_sealed BLOB, door_sealed BLOB, medical_sealed BLOB,
  review_due bigint not null, reviewed_at bigint, family_round bigint not null default 0, own_round bigint not null default 0,
  made_at bigint not null, changed_at bigint not null);
create index care_elder_review on care_elder(review_due) where state = 'active';
create table care_contact(                                 -- in the order in which they are rung, per kind
  id ID, elder REF not null, kind TEXT_C not null, position bigint not null, name_sealed BLOB, phone_sealed BLOB,
  relation text, has_key bigint not null, key_note text, made_at bigint not null, ended_at bigint);
create index care_contact_elder on care_contact(elder, kind, position) where ended_at is null;
create table care_consent(
  id ID, elder REF not null, scope TEXT_C not null, given_by TEXT_C not null, name_sealed BLOB, day bigint not null,
  until_day bigint, made_at bigint not null, account REF, stopped_at bigint, stop_reason text);
create unique index care_consent_now on care_consent(elder, scope) where stopped_at is null;
create table care_key(                                     -- custody of a door key: who had it when
  id ID, elder REF not null, act TEXT_C not null, holder text not null, matter REF, at bigint not null, account REF, note text);
create index care_key_elder on care_key(elder, at);
create table care_day(                                     -- 今日平安: what was told that day, at the hour of the rule
  elder REF not null, day bigint not null, at bigint not null, alive bigint not null, silent_since bigint, helped bigint not null,
  open_help bigint not null, primary key(elder, day)) KEYED;
create table care_device(                                  -- id is the device's
  id ID, state TEXT_C not null, delivered_at bigint, agreed_at bigint, agreed_by text, tested_at bigint, read_back_at bigint,
  read_back text, live_at bigint, last_test_at bigint, replaces REF, replaced_by REF, fails bigint not null default 0,
  checked_at bigint);
create table care_test(
  id ID, device REF not null, at bigint not null, signal REF, ok bigint not null, kind TEXT_C not null, account REF, note text);
create index care_test_device on care_test(device, at);
create table care_alarm(
  id ID, elder REF, device REF, said TEXT_C not null, family TEXT_C not null, drill bigint not null, presses bigint not null,
  pressed_at bigint not null, device_at bigint, priority bigint not null, claimed_at bigint, claimed_by REF, spoken_at bigint,
  heard text, help_at bigint, call119_at bigint, call119_by text, call120_at bigint, call120_by text, sent_at bigint, sent text,
  arrived_at bigint, arrived text, forced_at bigint, outcome TEXT_C, outcome_at bigint, heard_from TEXT_C, became REF,
  followed_at bigint, well bigint, rounds bigint not null default 0, ended_at bigint);
create index care_alarm_elder on care_alarm(elder) where ended_at is null;
create index care_alarm_device on care_alarm(device) where ended_at is null;
create index care_alarm_open on care_alarm(priority) where ended_at is null;
create index care_alarm_of on care_alarm(elder, pressed_at);
create table care_event(                                   -- every signal that belongs to an alarm or an upkeep, never merged away
  id ID, matter REF not null, at bigint not null, device_at bigint, said TEXT_C not null, device REF, signal REF, data text);
create index care_event_matter on care_event(matter, id);
create table care_hand(                                    -- who reads the elder's data for this alarm, logged when it began
  alarm REF not null, account REF not null, at bigint not null, role TEXT_C not null, primary key(alarm, account)) KEYED;
create table care_rung(                                    -- telephones beside the seats that were rung once for this alarm
  alarm REF not null, phone BLOB not null, at bigint not null, primary key(alarm, phone)) KEYED;
create table care_forced(                                  -- 破门记录
  id ID, alarm REF not null, at bigint not null, first text not null, second text not null, witness text not null,
  witness_kind TEXT_C not null, reason text not null, secured text not null, account REF);
create index care_forced_alarm on care_forced(alarm);
create table care_upkeep(
  id ID, device REF not null, elder REF, fault TEXT_C not null, risk TEXT_C not null, since bigint not null, substitute text,
  substitute_at bigint, repaired_at bigint, how TEXT_C, outage REF, ended_at bigint);
create index care_upkeep_device on care_upkeep(device) where ended_at is null;
create index care_upkeep_open on care_upkeep(since) where ended_at is null;
create table care_outage(
  id ID, vendor text, area REF, cause TEXT_C not null, since bigint not null, ended_at bigint);
create index care_outage_open on care_outage(since) where ended_at is null;
create table care_knock(                                   -- whom to knock for: one row per silent device, worst risk first
  outage REF not null, device REF not null, elder REF, risk TEXT_C not null, since bigint not null, knocked_at bigint, account REF,
  found TEXT_C, note text, back_at bigint, primary key(outage, device)) KEYED;
create index care_knock_device on care_knock(device) where back_at is null;
create table care_service(
  id ID, elder REF, alarm REF, service TEXT_C not null, done_at bigint, said text);
