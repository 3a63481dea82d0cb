-- The stretches of time in which each customer was active: orders with no longer silence between.
--
-- in     customer_days; $as_of DATE; $window_days INTEGER
-- out    one row a spell, by customer and start
-- units  dates
--
-- A silence longer than $window_days ends a spell; the next order begins another one.
WITH order_days AS (
    SELECT customer_id, order_date
    FROM customer_days
    WHERE order_day <= $as_of
),

steps AS (
    SELECT
        customer_id,
        order_date,
        CASE
            WHEN DATE_DIFF(
                'day',
                LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date),
                order_date
            ) <= $window_days THEN 0
            ELSE 1
        END AS is_start
    FROM order_days
),

numbered AS (
    SELECT
        customer_id,
        order_date,
        SUM(is_start) OVER (
            PARTITION BY customer_id ORDER BY order_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spell
    FROM steps
)

SELECT
    customer_id,
    CAST(spell AS BIGINT) AS spell,
    MIN(order_date) AS spell_start,
    MAX(order_date) AS last_order,
    COUNT(*) AS order_days
FROM numbered
GROUP BY customer_id, spell
ORDER BY customer_id, spell
