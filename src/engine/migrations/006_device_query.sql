-- What a device's own codes mean, where the common lists do not fit. zone '': any.
create table device_meaning(
  device REF not null, code TEXT_C not null, zone TEXT_C not null, kind TEXT_C not null, reason text, account REF,
  at bigint not null, primary key(device, code, zone)) KEYED;

-- What the office asks of a device over its own connection: 查岗, clock, state.
create table device_query(
  id ID, device REF not null, what TEXT_C not null, state TEXT_C not null, minutes bigint not null, asked_by REF,
  asked_at bigint not null, tries bigint not null, serial bigint not null, next_at bigint, confirmed_at bigint, ended_at bigint,
  answer text);
create index device_query_device on device_query(device, id);
create index device_query_next on device_query(next_at) where next_at is not null;
