-- The stretches of time in which each customer was active: orders with no longer silence between.
--
-- in     customer_days; $as_of, $since, $known_from DATE; $window_days INTEGER
-- out    one row a spell; end_day is missing while it lasts at $as_of, next_day without a return
-- units  days after $as_of, so none is positive; start_known is 1 or 0
--
-- A silence longer than $window_days ends a spell, on the day on which it is so long; the next
-- order begins another one. Orders before $since are not looked at: who had one has no first spell.
-- A first spell counts as begun on its first order when that is after $known_from.
WITH order_days AS (
    SELECT customer_id, DATE_DIFF('day', $as_of, order_date) AS day
    FROM customer_days
    WHERE order_day <= $as_of AND order_day >= $since
),

earlier AS (
    SELECT customer_id, 1 AS spells
    FROM customer_days
    WHERE order_day < $since
    GROUP BY customer_id
),

steps AS (
    SELECT
        customer_id,
        day,
        day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day) AS silence_before,
        LEAD(day) OVER (PARTITION BY customer_id ORDER BY day) - day AS silence_after
    FROM order_days
),

edges AS (
    SELECT
        customer_id,
        day,
        CASE WHEN silence_before <= $window_days THEN 0 ELSE 1 END AS is_first,
        CASE WHEN silence_after <= $window_days THEN 0 ELSE 1 END AS is_last
    FROM steps
    WHERE NOT (COALESCE(silence_before, $window_days + 1) <= $window_days
        AND COALESCE(silence_after, $window_days + 1) <= $window_days)
),

paired AS (
    SELECT
        customer_id,
        day AS start_day,
        is_first,
        CASE
            WHEN is_last = 1 THEN day
            ELSE LEAD(day) OVER (PARTITION BY customer_id ORDER BY day)
        END + $window_days AS lost_day
    FROM edges
),

numbered AS (
    SELECT
        customer_id,
        start_day,
        lost_day,
        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY start_day) AS spell,
        LEAD(start_day) OVER (PARTITION BY customer_id ORDER BY start_day) AS next_day
    FROM paired
    WHERE is_first = 1
)

SELECT
    numbered.customer_id,
    CAST(numbered.spell + COALESCE(earlier.spells, 0) AS BIGINT) AS spell,
    numbered.start_day AS origin_day,
    numbered.start_day,
    CASE WHEN numbered.lost_day <= 0 THEN numbered.lost_day END AS end_day,
    numbered.next_day,
    CASE
        WHEN numbered.spell + COALESCE(earlier.spells, 0) > 1
            OR numbered.start_day > DATE_DIFF('day', $as_of, $known_from)
            THEN 1
        ELSE 0
    END AS start_known,
    CAST(NULL AS VARCHAR) AS reason
FROM numbered
LEFT JOIN earlier ON numbered.customer_id = earlier.customer_id
ORDER BY numbered.customer_id, numbered.spell
