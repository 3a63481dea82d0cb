-- How long new customers took to order a second time, or were watched without it.
--
-- in     customer_days; $as_of DATE; $acquired_from DATE
-- out    one row a number of days and whether a second order day came after so many, with the
--        number of customers whose first order day is on or after $acquired_from
-- units  days; those of who did not come again are counted to $as_of
WITH firsts AS (
    SELECT
        customer_id,
        MIN(order_date) AS first_day
    FROM customer_days
    WHERE order_day <= $as_of
    GROUP BY customer_id
    HAVING MIN(order_date) >= $acquired_from
),

seconds AS (
    SELECT
        firsts.customer_id,
        firsts.first_day,
        MIN(customer_days.order_day) AS second_day
    FROM firsts
    LEFT JOIN customer_days
        ON firsts.customer_id = customer_days.customer_id
        AND firsts.first_day < customer_days.order_day
        AND customer_days.order_day <= $as_of
    GROUP BY firsts.customer_id, firsts.first_day
),

times AS (
    SELECT
        DATE_DIFF('day', first_day, COALESCE(second_day, CAST($as_of AS DATE))) AS days,
        CASE WHEN second_day IS NULL THEN 0 ELSE 1 END AS came_again
    FROM seconds
)

SELECT
    days,
    came_again,
    COUNT(*) AS customers
FROM times
GROUP BY days, came_again
ORDER BY days, came_again
