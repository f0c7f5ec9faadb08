-- Alarms that are open are few; a hand-over and the morning page ask for those of a street.
create index matter_alarm on matter(street, id) where urgency = 2 and phase < 4;
