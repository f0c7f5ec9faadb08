-- The engine's facts. Words in capitals stand for each store's own (store/migrate.c): ID, REF, TEXT_C, BLOB, KEYED.
-- Times are ms since 1970 UTC; coordinates 1e-7 degree; booleans 0/1. What can be rebuilt stands at the end.

create table office(
  id ID, name text not null, demo bigint not null, made_at bigint not null);

-- territory ---------------------------------------------------------------------------------------------------------
create table area(
  id ID, parent REF, level bigint not null, layer TEXT_C, code TEXT_C not null, name text not null,
  street REF, community REF, grid REF, org REF, lat bigint not null default 0, lon bigint not null default 0,
  child_count bigint not null default 0, valid_from bigint not null default 0, valid_to bigint);
create unique index area_by_code on area(code) where valid_to is null;
create index area_parent on area(parent, level, id);
create table area_code(                                    -- every code an area ever had
  area REF not null, valid_from bigint not null, valid_to bigint, code TEXT_C not null, name text not null,
  primary key(area, valid_from)) KEYED;
create table area_polygon(                                 -- boundaries with history; wkb in WGS-84 degrees
  area REF not null, valid_from bigint not null, valid_to bigint, level bigint not null,
  lat_min bigint not null, lat_max bigint not null, lon_min bigint not null, lon_max bigint not null, wkb BLOB not null,
  primary key(area, valid_from)) KEYED;
create index area_polygon_box on area_polygon(level, lat_min, lat_max) where valid_to is null;
create table area_alias(
  alias TEXT_C not null, area REF not null, primary key(alias, area)) KEYED;
create table area_layer(                                   -- which areas of other layers touch which of the tree
  area REF not null, layer_area REF not null, primary key(area, layer_area)) KEYED;

-- organisations -----------------------------------------------------------------------------------------------------
create table org(
  id ID, parent REF, area REF, code TEXT_C not null unique, name text not null, kind TEXT_C not null,
  phone text, uscc TEXT_C);
create index org_area on org(area) where area is not null;
create table seat(
  id ID, org REF not null, area REF, account REF, person REF, kind TEXT_C not null, name text, phone text);
create index seat_org on seat(org, kind);
create index seat_area on seat(area, kind) where area is not null;
create table shift(
  id ID, seat REF not null, org REF not null, kind TEXT_C not null, from_at bigint not null, to_at bigint not null);
create index shift_when on shift(org, to_at);
create table contact(                                      -- department x street x named person
  id ID, org REF not null, street REF not null, name text not null, phone text not null, rank TEXT_C not null);
create unique index contact_key on contact(org, street, rank, name);
create index contact_street on contact(street, org);

-- persons -----------------------------------------------------------------------------------------------------------
create table person(
  id ID, area REF, name_sealed BLOB, name_blind BLOB, id_sealed BLOB, id_blind BLOB, id4_blind BLOB, phone_sealed BLOB,
  phone_blind BLOB, phone4_blind BLOB, address_sealed BLOB, born bigint, note_sealed BLOB, changed_at bigint not null);
create index person_phone on person(phone_blind) where phone_blind is not null;
create index person_id on person(id_blind) where id_blind is not null;
create table person_source(                                -- who wrote which field, when, from which visit
  person REF not null, field TEXT_C not null, at bigint not null, account REF, source text, confirmed_at bigint,
  primary key(person, field, at)) KEYED;
create table access_log(
  id ID, at bigint not null, account REF, noun TEXT_C not null, noun_id bigint not null, reason text);
create index access_noun on access_log(noun, noun_id, at);
create table visit(                                        -- one door, many purposes
  id ID, area REF not null, account REF, at bigint not null, purposes text not null, note text);
create index visit_area on visit(area, at);
create table visit_wish(                                   -- what somebody wants from this door at the next visit
  id ID, area REF not null, purpose TEXT_C not null, matter REF, person REF, asked_at bigint not null, asked_by REF,
  due_at bigint, note text, done_at bigint, visit REF);
create index visit_wish_open on visit_wish(area, purpose) where done_at is null;

-- accounts ----------------------------------------------------------------------------------------------------------
create table account(
  id ID, login TEXT_C not null unique, name text not null, org REF, lang TEXT_C, password text, otp_sealed BLOB,
  otp_last bigint not null default 0, must_change bigint not null default 0, disabled bigint not null default 0,
  made_at bigint not null);
create table access_grant(
  id ID, account REF not null, role TEXT_C not null, area REF, org REF, from_at bigint not null, to_at bigint);
create index grant_account on access_grant(account);
create table session(
  id ID, account REF not null, digest BLOB not null unique, made_at bigint not null, seen_at bigint not null,
  ended_at bigint, agent text, address text);
create index session_account on session(account, ended_at);
create table token(
  id ID, account REF not null, digest BLOB not null unique, name text, made_at bigint not null, ended_at bigint);
create table login_attempt(
  id ID, at bigint not null, login TEXT_C not null, address TEXT_C, outcome TEXT_C not null);
create index login_attempt_login on login_attempt(login, at);
create index login_attempt_address on login_attempt(address, at) where outcome = 'bad';
create table one_time(                                     -- set-up links, answer links of departments
  digest BLOB not null, purpose TEXT_C not null, noun_id bigint not null, made_at bigint not null, expires_at bigint not null,
  used_at bigint, primary key(digest)) KEYED;
create table audit(                                        -- operation log: what changed outside of matters
  id ID, at bigint not null, account REF, verb TEXT_C not null, noun TEXT_C not null, noun_id bigint, note text);
create index audit_at on audit(at);

-- matters -----------------------------------------------------------------------------------------------------------
create table matter(
  id ID, kind TEXT_C not null, state TEXT_C not null, phase bigint not null, title text not null, body text not null,
  category TEXT_C, channel TEXT_C not null, urgency bigint not null, secrecy bigint not null, area REF not null,
  street REF, community REF, grid REF, address text, lat bigint not null, lon bigint not null, owner_org REF not null,
  owner_account REF, lead REF, opened_at bigint not null, changed_at bigint not null, due_at bigint, late bigint not null,
  closed_at bigint, version bigint not null);
create index matter_opened on matter(opened_at, id);
create index matter_street on matter(street, opened_at, id);
create index matter_community on matter(community, opened_at, id);
create index matter_grid on matter(grid, opened_at, id);
create index matter_account on matter(owner_account, due_at) where phase < 4 and owner_account is not null;
create index matter_org on matter(owner_org, due_at) where phase < 4;
create index matter_lead on matter(lead) where lead is not null;
create table matter_reporter(
  id ID, matter REF not null, name_sealed BLOB, phone_sealed BLOB, phone_blind BLOB, confidential bigint not null,
  channel TEXT_C not null, at bigint not null);
create index reporter_matter on matter_reporter(matter);
create index reporter_phone on matter_reporter(phone_blind) where phone_blind is not null;
create table matter_link(
  from_id REF not null, to_id REF not null, type bigint not null, at bigint not null, primary key(from_id, to_id, type)) KEYED;
create index matter_link_to on matter_link(to_id, type);
create table matter_seat(                                  -- seats added by escalation: supervising, leading, backing up
  matter REF not null, seat REF not null, role TEXT_C not null, round bigint not null, at bigint not null, reason text,
  primary key(matter, role, round)) KEYED;
create table history(
  matter REF not null, seq bigint not null, at bigint not null, logged_at bigint not null, account REF, who_name text,
  verb TEXT_C not null, from_state TEXT_C, to_state TEXT_C, channel TEXT_C, note text, form text, file REF, salt BLOB not null,
  payload_digest BLOB not null, hash BLOB not null, primary key(matter, seq)) KEYED;
create table seal(
  day bigint not null, at bigint not null, heads bigint not null, digest BLOB not null, previous BLOB, hash BLOB not null,
  primary key(day)) KEYED;
create table deadline(
  matter REF not null, name TEXT_C not null, round bigint not null, started_at bigint not null, due_at bigint not null,
  done_at bigint, late_at bigint, paused_at bigint, fire_at bigint, fired bigint not null, primary key(matter, name, round)) KEYED;
create index deadline_fire on deadline(fire_at) where fire_at is not null;
create table mirror(                                       -- a matter that another platform owns
  matter REF not null, upstream TEXT_C not null, number TEXT_C not null, due_at bigint, state text, limits text, form text,
  primary key(matter)) KEYED;
create unique index mirror_number on mirror(upstream, number);
create table mirror_request(                               -- our move on it, until the upstream answer is recorded
  id ID, matter REF not null, verb TEXT_C not null, at bigint not null, account REF, note text, until_at bigint,
  answered_at bigint, accepted bigint, answer text);
create index mirror_request_matter on mirror_request(matter);
create table promise(
  id ID, matter REF not null, account REF not null, body text not null, at bigint not null, due_at bigint not null,
  rung_at bigint, done_at bigint);
create index promise_due on promise(due_at) where done_at is null;
create index promise_matter on promise(matter);
create table file(
  id ID, matter REF not null, account REF, name text not null, type TEXT_C not null, bytes bigint not null, width bigint,
  height bigint, hash TEXT_C not null, thumb_hash TEXT_C, qr text, at bigint not null);
create index file_matter on file(matter);

-- devices -----------------------------------------------------------------------------------------------------------
create table device(
  id ID, kind TEXT_C not null, vendor text, protocol TEXT_C not null, account TEXT_C not null, key_sealed BLOB, person REF,
  area REF, interval_s bigint not null default 0, seen_at bigint, state TEXT_C not null, made_at bigint not null);
create unique index device_account on device(protocol, account);
create table signal(
  id ID, device REF not null, sequence TEXT_C not null, kind TEXT_C not null, device_at bigint, at bigint not null,
  raw BLOB not null, applied_at bigint, matter REF, tries bigint not null default 0);
create unique index signal_sequence on signal(device, sequence);
create index signal_waiting on signal(id) where applied_at is null;

-- rules, jobs, effects -------------------------------------------------------------------------------------------------
create table rule_override(
  id ID, rule TEXT_C not null, entry TEXT_C not null, prop TEXT_C not null, value text not null, reason text not null,
  at bigint not null, account REF, ended_at bigint);
create table job(
  id ID, kind TEXT_C not null, state TEXT_C not null, account REF, note text, total bigint not null, done bigint not null,
  errors bigint not null, at bigint not null, finished_at bigint);
create index job_running on job(id) where state in ('running', 'undoing');
create table job_item(
  job REF not null, item bigint not null, state TEXT_C not null, payload text not null, message text,
  primary key(job, item)) KEYED;
create table idem(
  key TEXT_C not null, at bigint not null, digest BLOB not null, status bigint not null, location text, noun_id bigint,
  body text, forever bigint not null default 0, primary key(key)) KEYED;
create index idem_at on idem(at) where forever = 0;
create table outbox(                                       -- id is the feed's seq
  id ID, at bigint not null, kind TEXT_C not null, verb TEXT_C not null, from_state TEXT_C, to_state TEXT_C,
  from_phase bigint not null, to_phase bigint not null, matter REF, area REF, street REF, community REF, grid REF,
  org REF, category TEXT_C, channel TEXT_C, urgency bigint not null, secrecy bigint not null, title text,
  silent bigint not null, late_delta bigint not null, unclaimed_delta bigint not null,
  step bigint not null);
create table outbox_wait(
  id ID, at bigint not null, kind TEXT_C not null, verb TEXT_C not null, from_state TEXT_C, to_state TEXT_C,
  from_phase bigint not null, to_phase bigint not null, matter REF, area REF, street REF, community REF, grid REF,
  org REF, category TEXT_C, channel TEXT_C, urgency bigint not null, secrecy bigint not null, title text,
  silent bigint not null, late_delta bigint not null, unclaimed_delta bigint not null,
  step bigint not null);
create table cursor_of(                                    -- how far each reader of the outbox has come; leases
  name TEXT_C not null, seq bigint not null, holder TEXT_C, until_at bigint, primary key(name)) KEYED;
create table webhook(
  id ID, url text not null, events text not null, secret_sealed BLOB not null, state TEXT_C not null, made_at bigint not null,
  account REF, failures bigint not null default 0);
create table delivery(
  id ID, webhook REF not null, seq bigint not null, state TEXT_C not null, tries bigint not null, next_at bigint not null,
  status bigint, note text, done_at bigint);
create index delivery_due on delivery(next_at) where state = 'waiting';
create index delivery_webhook on delivery(webhook, id);
create table saved_view(
  id ID, account REF not null, name text not null, query text not null, at bigint not null);
create index saved_view_account on saved_view(account);
create table phone_call(
  id ID, number_sealed BLOB, number_blind BLOB, to_number text, at bigint not null, pbx_id TEXT_C, claimed_by REF,
  claimed_at bigint, matter REF);
create unique index phone_call_pbx on phone_call(pbx_id) where pbx_id is not null;

-- derived: rebuilt from the facts and compared by `wuxing check` -------------------------------------------------------
create table figure_count(
  day bigint not null, area REF not null, kind TEXT_C not null, what TEXT_C not null, n bigint not null,
  primary key(day, area, kind, what)) KEYED;
create table area_now(                                     -- unfinished, late ... at this moment, by lowest area
  area REF not null, kind TEXT_C not null, what TEXT_C not null, n bigint not null, primary key(area, kind, what)) KEYED;
