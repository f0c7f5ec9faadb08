-- What a gateway decoded, as a small JSON object; the raw bytes stay beside it.
alter table signal add column data text;

-- Gateways keep what they must know of devices in memory and ask here what changed.
alter table device add column changed_at bigint not null default 0;
create index device_changed on device(changed_at);

-- Devices that nobody registered, or that could not prove who they are: for a human to look at.
create table device_stranger(
  id ID, protocol TEXT_C not null, account TEXT_C not null, reason TEXT_C not null, first_at bigint not null,
  last_at bigint not null, times bigint not null, hour_at bigint not null, hour_times bigint not null);
create unique index device_stranger_account on device_stranger(protocol, account, reason);
create index device_stranger_last on device_stranger(last_at);
