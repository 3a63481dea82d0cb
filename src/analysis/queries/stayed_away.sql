-- Who ordered in one stretch of time and not in the next, and what they brought in the first.
--
-- in     transactions (one row a line); $first, $last DATE: the stretch; $as_of DATE, after $last
-- out    one row a customer with an order from $first to $last and none from then to $as_of
-- units  amounts in minor units of the currency
WITH orders AS (
    SELECT
        customer_id,
        order_date,
        SUM(amount_minor) AS amount_minor,
        MAX(CASE WHEN amount_minor >= 0 THEN 1 ELSE 0 END) AS is_order
    FROM transactions
    WHERE order_date BETWEEN $first AND $as_of
    GROUP BY customer_id, order_date, order_id
)

SELECT
    customer_id,
    CAST(SUM(is_order) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN order_date <= $last THEN amount_minor ELSE 0 END) AS BIGINT)
        AS spend_minor,
    MAX(CASE WHEN is_order = 1 THEN order_date END) AS last_order
FROM orders
GROUP BY customer_id
HAVING MAX(CASE WHEN is_order = 1 THEN order_date END) <= $last
ORDER BY customer_id
