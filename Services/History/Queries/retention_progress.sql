-- How far old messages have been removed, by the parts of the order of names. There are as many as rules, or some more.
select r.from_name, r.until_name, r.through_ms
from history.retention r
order by r.from_name, r.until_name
