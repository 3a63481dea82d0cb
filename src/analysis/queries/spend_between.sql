-- Who ordered between two days, how often and for how much.
--
-- in     customer_days; $after DATE, $until DATE
-- out    one row a customer with a line after $after and up to $until
-- units  amounts in minor units of the currency
--
-- Returns reduce the amounts and make no order day.
SELECT
    customer_id,
    COUNT(order_day) AS order_days,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM customer_days
WHERE order_date > $after AND order_date <= $until
GROUP BY customer_id
ORDER BY customer_id
