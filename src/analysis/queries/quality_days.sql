-- How many lines, orders and customers each day has, and what was paid.
--
-- in     transactions (one row a line); $as_of DATE
-- out    one row a day with at least one line
-- units  amount_minor in minor units of the currency
SELECT
    order_date,
    COUNT(*) AS lines,
    COUNT(DISTINCT order_id) AS orders,
    COUNT(DISTINCT customer_id) AS customers,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor
FROM transactions
WHERE order_date <= $as_of
GROUP BY order_date
ORDER BY order_date
