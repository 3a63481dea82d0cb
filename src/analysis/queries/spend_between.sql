-- Who ordered between two days, how often and for how much.
--
-- in     transactions (one row a line); $after DATE, $until DATE
-- out    one row a customer with a line after $after and up to $until
-- units  amounts in minor units of the currency
--
-- Returns reduce the amounts and make no order day.
WITH customer_days AS (
    SELECT
        customer_id,
        order_date,
        SUM(amount_minor) AS amount_minor,
        MAX(amount_minor) AS largest
    FROM transactions
    WHERE order_date > $after AND order_date <= $until
    GROUP BY customer_id, order_date
)

SELECT
    customer_id,
    COUNT(CASE WHEN largest >= 0 THEN 1 END) AS order_days,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM customer_days
GROUP BY customer_id
ORDER BY customer_id
