-- Who is a customer on a day, and since when.
--
-- in     spells (order_spells.sql or contract_spells.sql); $as_of DATE
-- out    one row a customer whose spell lasts at $as_of
-- units  origin_day: days after $as_of
SELECT customer_id, origin_day
FROM spells
WHERE end_day IS NULL
ORDER BY customer_id
