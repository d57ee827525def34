-- Drops the oldest month of which everything is before an instant, and gives it; empty: there is none. $1: milliseconds.
select coalesce(history.drop_oldest_month($1), '')
