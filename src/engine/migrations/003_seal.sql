-- The daily seal asks which matters changed since the one before. Without this it reads all of history, on the writer.
create index history_logged on history(logged_at);
