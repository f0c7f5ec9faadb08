-- A figure counts the reports of its period by the column that its time stands in; each stays empty at intake but the limit.
drop index report_due;
create index report_due on report(due_close) where due_close is not null;
create index report_assigned on report(assigned_at) where assigned_at is not null;
create index report_called on report(called_at) where called_at is not null;
create index report_up on report(up_at) where up_at is not null;
