-- How long the first contracts of customers have lasted, and what these customers spent.
--
-- in     spells (contract_spells.sql), customer_days; $as_of DATE
-- out    one row a day of the start and one of the end (missing while it lasts) of the first
--        contracts whose start is known: how many there are
-- units  days after $as_of; amount_minor: spent until $as_of, in minor units of the currency
--
-- Who has sent something back and never ordered spent nothing.
WITH spent AS (
    SELECT customer_id, SUM(amount_minor) AS amount_minor
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY customer_id
    HAVING COUNT(order_day) > 0
)

SELECT
    spells.start_day,
    spells.end_day,
    COUNT(*) AS contracts,
    CAST(COALESCE(SUM(spent.amount_minor), 0) AS BIGINT) AS amount_minor
FROM spells
LEFT JOIN spent ON spells.customer_id = spent.customer_id
WHERE spells.spell = 1 AND spells.start_known = 1
GROUP BY spells.start_day, spells.end_day
ORDER BY spells.start_day, spells.end_day
