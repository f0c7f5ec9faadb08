-- Webhooks that tell people in words: group robots, SMS, mail (notice.h). Their address holds a key: it is sealed with the secret.
alter table webhook add column kind TEXT_C not null default 'events';
alter table webhook add column name text;
alter table webhook add column quiet_from bigint not null default 0;      -- minutes of the day; the same as quiet_to: none
alter table webhook add column quiet_to bigint not null default 0;
alter table webhook add column merge_s bigint not null default 0;
