-- How a device writes its times, where its protocol leaves that open: '' (by what fits), binary, bcd.
alter table device add column clock TEXT_C not null default '';
