-- 交接班: what a hand-over is beyond its matter, and its lines. A line names what it is about (ref: a matter, a promise, a call, a
-- device) and holds no text of its own unless it was written by hand.
create table duty_handover(
  id ID, outgoing REF not null, incoming REF not null, offered_at bigint, taken_at bigint);
create index duty_handover_outgoing on duty_handover(outgoing, id);
create table duty_line(
  id ID, handover REF not null, section TEXT_C not null, ref REF, body text, receiver REF, receiver_name text, made_at bigint not null);
create index duty_line_handover on duty_line(handover, id);
create unique index duty_line_ref on duty_line(handover, section, ref) where ref is not null;
