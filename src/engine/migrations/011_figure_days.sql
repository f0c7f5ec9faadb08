-- Derived: what each matter counts as in the figures, and the sums by day for the district (area 0), each street and community.
create table figure_mark(matter REF not null, cells BLOB not null, primary key(matter)) KEYED;
create table figure_day(
  part bigint not null, area bigint not null, day bigint not null, n bigint not null, primary key(part, area, day)) KEYED;
-- Periods by the day of closing; nothing is in it at intake.
create index matter_closed on matter(closed_at) where closed_at is not null;
