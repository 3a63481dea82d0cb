-- How many customers are billed by the calendar: the gaps between their order days hardly differ.
--
-- in     customer_days; $as_of DATE
-- out    one row: customers with three gaps or more, and those of them whose gaps differ little
-- units  customers
--
-- Little is a standard deviation of less than a fifth of the mean, in whole numbers:
-- 25 (n sum(d^2) - sum(d)^2) < sum(d)^2. A day with a line of zero or more is an order day.
WITH order_days AS (
    SELECT customer_id, order_date
    FROM customer_days
    WHERE order_day <= $as_of
),

gaps AS (
    SELECT
        customer_id,
        DATE_DIFF(
            'day',
            LAG(order_date) OVER (PARTITION BY customer_id ORDER BY order_date),
            order_date
        ) AS days
    FROM order_days
),

sums AS (
    SELECT
        customer_id,
        COUNT(days) AS n,
        CAST(SUM(days) AS BIGINT) AS total,
        CAST(SUM(days * days) AS BIGINT) AS squares
    FROM gaps
    GROUP BY customer_id
)

SELECT
    COUNT(*) AS customers,
    COUNT(CASE WHEN 25 * (n * squares - total * total) < total * total THEN 1 END) AS even
FROM sums
WHERE n >= 3
