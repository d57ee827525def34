-- Makes the partition of messages for the month of an instant. $1: milliseconds.
select history.make_message_partition($1)::text
