-- How long each new customer took to order a second time.
--
-- in     customer_days; $as_of DATE; $acquired_from DATE
-- out    one row a customer whose first order day is on or after $acquired_from
-- units  days; days_to_second is missing while there is no second order day
WITH order_days AS (
    SELECT customer_id, order_date
    FROM customer_days
    WHERE order_day <= $as_of
),

firsts AS (
    SELECT
        customer_id,
        MIN(order_date) AS first_day
    FROM order_days
    GROUP BY customer_id
    HAVING MIN(order_date) >= $acquired_from
)

SELECT
    firsts.customer_id,
    firsts.first_day,
    DATE_DIFF('day', firsts.first_day, CAST($as_of AS DATE)) AS days_observed,
    DATE_DIFF(
        'day',
        firsts.first_day,
        MIN(CASE WHEN order_days.order_date > firsts.first_day THEN order_days.order_date END)
    ) AS days_to_second
FROM firsts
INNER JOIN order_days ON firsts.customer_id = order_days.customer_id
GROUP BY firsts.customer_id, firsts.first_day
ORDER BY firsts.customer_id
