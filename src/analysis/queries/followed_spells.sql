-- The spell of each customer that lasts at a landmark, or the first one after it, and its end.
--
-- in     spells (order_spells.sql or contract_spells.sql); $as_of, $landmark DATE
-- out    one row a customer under observation after $landmark: the spell at risk on (entry,
--        duration], ended in an event or censored at $as_of
-- units  entry, duration in days since the spell's origin; flags are 1 or 0
WITH later AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY spell) AS place
    FROM spells
    WHERE end_day IS NULL OR end_day > DATE_DIFF('day', $as_of, $landmark)
),

observed AS (
    SELECT
        customer_id,
        origin_day,
        CASE WHEN start_day <= DATE_DIFF('day', $as_of, $landmark) THEN 1 ELSE 0 END AS at_landmark,
        start_known,
        CASE
            WHEN origin_day < DATE_DIFF('day', $as_of, $landmark)
                THEN DATE_DIFF('day', $as_of, $landmark) - origin_day
            ELSE 0
        END AS entry,
        COALESCE(end_day, 0) - origin_day AS duration,
        CASE WHEN end_day IS NULL THEN 0 ELSE 1 END AS event,
        CASE WHEN end_day IS NULL OR next_day IS NULL THEN 0 ELSE 1 END AS returned,
        reason
    FROM later
    WHERE place = 1
)

SELECT *
FROM observed
WHERE duration > entry
ORDER BY customer_id
