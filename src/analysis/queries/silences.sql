-- How long customers were silent between order days, and since the last one.
--
-- in     transactions (one row a line); $as_of DATE; $habit_from DATE; $groups INTEGER, number of
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
    FROM transactions
    WHERE order_date <= $as_of
    GROUP BY customer_id, order_date
    HAVING MAX(amount_minor) >= 0
),

steps AS (
    SELECT
        customer_id,
        order_date,
        DENSE_RANK() OVER (ORDER BY customer_id) AS customer_number,
        LEAD(order_date) OVER (PARTITION BY customer_id ORDER BY order_date) AS next_order
    FROM order_days
),

silences AS (
    SELECT
        customer_id,
        (customer_number - 1) % $groups AS customer_group,
        order_date,
        CASE WHEN next_order IS NULL THEN 0 ELSE 1 END AS ended,
        DATE_DIFF('day', order_date, COALESCE(next_order, $as_of)) AS days,
        CASE WHEN next_order > $habit_from THEN 1 ELSE 0 END AS is_habit
    FROM steps
),

ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id ORDER BY is_habit DESC, days DESC, order_date
        ) AS place
    FROM silences
)

SELECT
    customer_group,
    days,
    ended,
    COUNT(*) AS silences,
    COUNT(CASE WHEN place = 1 AND is_habit = 1 THEN 1 END) AS longest
FROM ranked
WHERE days > 0
GROUP BY customer_group, days, ended
ORDER BY customer_group, days, ended
