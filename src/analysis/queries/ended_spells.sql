-- Who is no customer any more, and since when.
--
-- in     spells (order_spells.sql or contract_spells.sql); $as_of, $ended_after DATE
-- out    one row a customer whose last spell ended after $ended_after
-- units  start_day, end_day: days after $as_of
SELECT customer_id, start_day, end_day
FROM spells
WHERE next_day IS NULL AND end_day > DATE_DIFF('day', $as_of, $ended_after)
ORDER BY customer_id
