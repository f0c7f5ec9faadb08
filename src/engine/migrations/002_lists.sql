-- Lists at a million matters. Phase and category stand at the end of the list indexes, so that rows which do not fit are passed over
-- inside the index instead of being fetched one by one. Indexes on what is rare (late, urgent, other kinds, taken) hold only that and
-- cost intake nothing. Figures by the day a matter closed need their own.
drop index matter_opened;
create index matter_opened on matter(opened_at, id, phase, category);
drop index matter_street;
create index matter_street on matter(street, opened_at, id, phase, category);
drop index matter_community;
create index matter_community on matter(community, opened_at, id, phase, category);
drop index matter_grid;
create index matter_grid on matter(grid, opened_at, id, phase, category);
drop index matter_org;
create index matter_org on matter(owner_org, opened_at, id, phase, category);
create index matter_category on matter(category, opened_at, id, phase);
create index matter_due on matter(due_at, id) where phase < 4;
create index matter_taken on matter(owner_account, opened_at, id) where owner_account is not null;
create index matter_late on matter(opened_at, id, street, community, grid) where late = 1 and phase < 4;
create index matter_kind on matter(kind, opened_at, id) where kind <> 'report';
create index matter_urgent on matter(urgency, opened_at, id) where urgency > 0;
