-- 订单: meals, cleaning, voice shopping of elders. What was wanted stands in rows of its own: the usual basket is a count over them.
create table service_order(
  id ID, type TEXT_C not null, person REF, device REF, signal REF, provider REF, source REF, heard_at bigint, heard_by REF,
  accepted_at bigint, accepted_in_time bigint, eta_at bigint, delivered_at bigint, delivered_in_time bigint, confirmed_at bigint,
  confirmed_by text, satisfied bigint, refusals bigint not null default 0);
create index service_order_person on service_order(person, type, id) where person is not null;
create table service_item(
  order_id REF not null, line bigint not null, name text not null, amount bigint not null, unit text, primary key(order_id, line)) KEYED;
create table service_refusal(
  order_id REF not null, org REF not null, at bigint not null, reason text, primary key(order_id, org, at)) KEYED;
