-- How many lines, orders and customers each day has, and what was paid.
--
-- in     transactions (one row a line); customer_days; $as_of DATE
-- out    one row a day with at least one line
-- units  amount_minor in minor units of the currency
--
-- Ids are counted by groups, which an engine can put on disk, and not by COUNT(DISTINCT).
WITH day_orders AS (
    SELECT
        order_date,
        order_id,
        COUNT(*) AS lines,
        SUM(amount_minor) AS amount_minor
    FROM transactions
    WHERE order_date <= $as_of
    GROUP BY order_date, order_id
),

of_orders AS (
    SELECT
        order_date,
        SUM(lines) AS lines,
        COUNT(*) AS orders,
        SUM(amount_minor) AS amount_minor
    FROM day_orders
    GROUP BY order_date
),

of_customers AS (
    SELECT order_date, COUNT(*) AS customers
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY order_date
)

SELECT
    of_orders.order_date,
    CAST(of_orders.lines AS BIGINT) AS lines,
    of_orders.orders,
    of_customers.customers,
    CAST(of_orders.amount_minor AS BIGINT) AS amount_minor
FROM of_orders
INNER JOIN of_customers ON of_orders.order_date = of_customers.order_date
ORDER BY of_orders.order_date
