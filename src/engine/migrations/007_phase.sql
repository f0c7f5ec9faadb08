-- What is under way, waits or came to nothing is a twentieth of a large office's matters: a list of it by category walks this index
-- instead of all that the category ever had. A matter is not in it when it is opened, so intake pays nothing.
create index matter_phase on matter(phase, category, opened_at, id, street, state) where phase in (2, 3, 5);
