-- Who ordered in one stretch of time and not in the next, and what they brought in the first.
--
-- in     customer_days; $first, $last DATE: the stretch; $as_of DATE, after $last
-- out    one row a customer with an order from $first to $last and none from then to $as_of
-- units  amounts in minor units of the currency
SELECT
    customer_id,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN order_date <= $last THEN amount_minor ELSE 0 END) AS BIGINT)
        AS spend_minor,
    MAX(order_day) AS last_order
FROM customer_days
WHERE order_date BETWEEN $first AND $as_of
GROUP BY customer_id
HAVING MAX(order_day) <= $last
ORDER BY customer_id
