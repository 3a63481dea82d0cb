-- How long customers were silent between order days, and since the last one.
--
-- in     customer_days; segments (customer_id, segment; of other customers none is known);
--        $as_of DATE; $year_from DATE; $groups INTEGER, number of groups of customers
-- out    one row a segment, group, length and way of ending: how many silences, and how many were
--        the longest of their customer among those that an order ended after $year_from
-- units  days; a silence that ends in an order on its day d is d days long
--
-- ended: 1 where an order ended the silence, 0 where it was still going on at $as_of. A silence of
-- no day (an order on $as_of itself) has not begun and has no row. Groups hold every $groups-th
-- customer, so that what is taken from them can be resampled by customer.
WITH order_days AS (
    SELECT customer_id, order_date
    FROM customer_days
    WHERE order_day <= $as_of
),

steps AS (
    SELECT
        customer_id,
        order_date,
        LEAD(order_date) OVER (PARTITION BY customer_id ORDER BY order_date) AS next_order
    FROM order_days
),

silences AS (
    SELECT
        customer_id,
        CASE WHEN next_order IS NULL THEN 0 ELSE 1 END AS ended,
        DATE_DIFF('day', order_date, COALESCE(next_order, $as_of)) AS days,
        CASE
            WHEN next_order > $year_from THEN DATE_DIFF('day', order_date, next_order)
        END AS habit_days
    FROM steps
),

longest_of_each AS (
    SELECT customer_id, MAX(habit_days) AS longest_days
    FROM silences
    GROUP BY customer_id
),

ranked AS (
    SELECT
        longest_of_each.customer_id,
        COALESCE(segments.segment, '') AS segment,
        (
            ROW_NUMBER() OVER (
                PARTITION BY COALESCE(segments.segment, '') ORDER BY longest_of_each.customer_id
            ) - 1
        ) % $groups AS customer_group,
        longest_of_each.longest_days
    FROM longest_of_each
    LEFT JOIN segments ON longest_of_each.customer_id = segments.customer_id
),

counts AS (
    SELECT
        ranked.segment,
        ranked.customer_group,
        silences.days,
        silences.ended,
        COUNT(*) AS silences
    FROM silences
    INNER JOIN ranked ON silences.customer_id = ranked.customer_id
    WHERE silences.days > 0
    GROUP BY ranked.segment, ranked.customer_group, silences.days, silences.ended
),

longest AS (
    SELECT segment, customer_group, longest_days AS days, 1 AS ended, COUNT(*) AS longest
    FROM ranked
    WHERE longest_days IS NOT NULL
    GROUP BY segment, customer_group, longest_days
)

SELECT
    counts.segment,
    counts.customer_group,
    counts.days,
    counts.ended,
    counts.silences,
    COALESCE(longest.longest, 0) AS longest
FROM counts
LEFT JOIN longest
    ON counts.segment = longest.segment
    AND counts.customer_group = longest.customer_group
    AND counts.days = longest.days
    AND counts.ended = longest.ended
ORDER BY counts.segment, counts.customer_group, counts.days, counts.ended
