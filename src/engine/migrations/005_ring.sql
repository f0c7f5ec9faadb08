-- Who is rung for a matter that nobody has taken. The climb is a row: next_at is when the next seat is rung, NULL when a human has it.
create table ring(
  matter REF not null, started_at bigint not null, step bigint not null, last_at bigint not null, next_at bigint,
  whole bigint not null default 0,                         -- 1: every seat there is was rung once
  stopped_at bigint, stopped_by REF, primary key(matter)) KEYED;
create index ring_next on ring(next_at) where next_at is not null;
create index ring_last on ring(last_at) where next_at is not null;
create table ring_attempt(                                 -- round 0: family, key-holder, responder; else the step of the climb
  id ID, matter REF not null, round bigint not null, again bigint not null, seat REF, org REF, person REF,
  who_sealed BLOB,                                         -- name and number
  why TEXT_C, at bigint not null, asked_at bigint, rang_at bigint, ended_at bigint, result TEXT_C, port TEXT_C,
  port_no bigint not null default 0, texted_at bigint, note text, said_by REF);
create index ring_attempt_matter on ring_attempt(matter, id);
create index ring_attempt_due on ring_attempt(again, id) where asked_at is null and ended_at is null;
create index ring_attempt_asked on ring_attempt(asked_at) where ended_at is null and asked_at is not null;
create index ring_attempt_person on ring_attempt(person) where person is not null;
-- Which seats sit now is asked for each alarm.
create index shift_seat on shift(seat, to_at);
