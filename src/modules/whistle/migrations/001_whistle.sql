-- 吹哨报到: what a whistle, a called department, the joint record and a phone whistle are beyond their matter.
create table whistle(
  id ID, type TEXT_C not null, cannot_because TEXT_C, lead REF not null, source REF, made_by REF, blown_at bigint,
  approved_by text,                                        -- who approved by telephone, as logged
  unsigned bigint not null default 0,                      -- approved by telephone; the signed sheet is still owed
  outcome TEXT_C);
create table whistle_call(
  id ID, whistle REF not null, org REF not null, lead bigint not null, reply_by bigint, link_round bigint not null default 0,
  called_at bigint, answered_at bigint, answered_by text, answered_phone text, answered_channel TEXT_C,
  unsigned bigint not null default 0,                      -- answered by telephone; the signed notice is still owed
  in_time bigint, arrived_at bigint, came text, finished_at bigint,
  missed_at bigint, urged bigint not null default 0, supervised_at bigint, arbiter REF,
  declined_at bigint, basis TEXT_C, article text, ruling TEXT_C, ruled_at bigint, agreed_at bigint);
create unique index whistle_call_org on whistle_call(whistle, org);
create index whistle_call_of_org on whistle_call(org, id);
create table whistle_record(                               -- 现场联合处置记录: one per whistle, a draft until both sides agree
  whistle REF not null, at bigint not null, place text not null, came text not null, found text not null, decided text not null,
  due_at bigint not null, made_by REF, made_at bigint not null, signed_at bigint, file REF, primary key(whistle)) KEYED;
create table whistle_rating(                               -- side: street or department; seen by the district assessor only
  call REF not null, side TEXT_C not null, score bigint not null, remark text not null, account REF, at bigint not null,
  primary key(call, side)) KEYED;
create table phone_whistle(
  id ID, org REF not null, person text not null, person_phone text, firm text not null, firm_org REF, promised text not null,
  promised_until bigint not null, rounds bigint not null default 1, source REF, complete bigint not null default 0,
  answered_at bigint, answer text, link_round bigint not null default 0, result TEXT_C, confirmed_by text,
  confirmed_channel TEXT_C, confirmed_at bigint);
create index phone_whistle_org on phone_whistle(org, id);
