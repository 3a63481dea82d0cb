-- What each customer did to date, and in the last days.
--
-- in     customer_days; $after DATE, $as_of DATE: the last days are those after $after
-- out    one row a customer with an order on or before $as_of
-- units  amounts in minor units of the currency, returns deducted
SELECT
    customer_id,
    MIN(order_day) AS first_order,
    MAX(order_day) AS last_order,
    CAST(SUM(orders) AS BIGINT) AS orders_to_date,
    CAST(SUM(amount_minor) AS BIGINT) AS to_date_minor,
    CAST(SUM(CASE WHEN order_date > $after THEN orders ELSE 0 END) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN order_date > $after THEN amount_minor ELSE 0 END) AS BIGINT) AS spend_minor
FROM customer_days
WHERE order_date <= $as_of
GROUP BY customer_id
HAVING MIN(order_day) IS NOT NULL
ORDER BY customer_id
