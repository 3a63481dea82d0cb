-- How long customers were silent between order days, and since the last one.
--
-- in     customer_days; $as_of DATE; $habit_from DATE; $groups INTEGER, number of
--        groups of customers
-- out    one row a group, length and way of ending: how many silences, and how many were the
--        longest of their customer among those that an order ended after $habit_from
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
            WHEN next_order > $habit_from THEN DATE_DIFF('day', order_date, next_order)
        END AS habit_days
    FROM steps
),

customers AS (
    SELECT
        customer_id,
        (ROW_NUMBER() OVER (ORDER BY customer_id) - 1) % $groups AS customer_group,
        MAX(habit_days) AS longest_days
    FROM silences
    GROUP BY customer_id
),

counts AS (
    SELECT customers.customer_group, silences.days, silences.ended, COUNT(*) AS silences
    FROM silences
    INNER JOIN customers ON silences.customer_id = customers.customer_id
    WHERE silences.days > 0
    GROUP BY customers.customer_group, silences.days, silences.ended
),

longest AS (
    SELECT customer_group, longest_days AS days, 1 AS ended, COUNT(*) AS longest
    FROM customers
    WHERE longest_days IS NOT NULL
    GROUP BY customer_group, longest_days
)

SELECT
    counts.customer_group,
    counts.days,
    counts.ended,
    counts.silences,
    COALESCE(longest.longest, 0) AS longest
FROM counts
LEFT JOIN longest
    ON counts.customer_group = longest.customer_group
    AND counts.days = longest.days
    AND counts.ended = longest.ended
ORDER BY counts.customer_group, counts.days, counts.ended
