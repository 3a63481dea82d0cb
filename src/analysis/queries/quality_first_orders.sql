-- In which month customers were seen for the first time.
--
-- in     customer_days; $as_of DATE
-- out    one row a month in which someone was new: its first day, and how many
WITH firsts AS (
    SELECT
        customer_id,
        MIN(order_day) AS first_date
    FROM customer_days
    WHERE order_day <= $as_of
    GROUP BY customer_id
)

SELECT
    CAST(DATE_TRUNC('month', first_date) AS DATE) AS month,
    COUNT(*) AS customers
FROM firsts
GROUP BY CAST(DATE_TRUNC('month', first_date) AS DATE)
ORDER BY month
