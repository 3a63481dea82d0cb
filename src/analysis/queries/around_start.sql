-- When customers ordered last before a period, and how long they were silent from then to its end:
-- that tells of any window who was active when it began and who was lost in it.
--
-- in     customer_days; segments (customer_id, segment; of other customers none is known); $start,
--        $as_of DATE, first and last day of the period; $since DATE, before $start
-- out    one row a segment, last order day before the period and longest silence since then, of
--        customers who ordered from $since to the eve of $start
-- units  last_day in days after $start, so below zero; silent_days: days without an order
WITH ordered AS (
    SELECT customer_id, MAX(order_day) AS day
    FROM customer_days
    WHERE order_day >= $since AND order_day < $start
    GROUP BY customer_id
    UNION ALL
    SELECT customer_id, order_day AS day
    FROM customer_days
    WHERE order_day >= $start AND order_day <= $as_of
),

steps AS (
    SELECT
        customer_id,
        day,
        LEAD(day) OVER (PARTITION BY customer_id ORDER BY day) AS next_day
    FROM ordered
),

each AS (
    SELECT
        customer_id,
        MIN(day) AS last_before,
        MAX(
            CASE
                WHEN next_day IS NULL THEN DATE_DIFF('day', day, $as_of)
                ELSE DATE_DIFF('day', day, next_day) - 1
            END
        ) AS silent_days
    FROM steps
    GROUP BY customer_id
    HAVING MIN(day) < $start
)

SELECT
    segments.segment,
    DATE_DIFF('day', $start, each.last_before) AS last_day,
    each.silent_days,
    COUNT(*) AS customers
FROM each
LEFT JOIN segments ON each.customer_id = segments.customer_id
GROUP BY segments.segment, each.last_before, each.silent_days
ORDER BY segments.segment, last_day, each.silent_days
