-- How many customers share each history of order days: what fits of repeat buying read.
--
-- in     customer_days; $as_of DATE; $known_after DATE, first orders up to then may not have been
--        the first; $count_from DATE, from when on customers who were there before are counted
-- out    distinct histories; customers with an order on or before $as_of are in one each
-- units  days
--
-- New customers (there_before 0): repeat order days, the time from the first to the last one, and
-- to $as_of. Those there before (1), whose first order is on or before $known_after or lies before
-- $count_from: order days from $count_from on, the time from its start to the last of them, and to
-- the end of $as_of.
WITH each AS (
    SELECT
        MIN(order_day) AS first_order,
        MAX(order_day) AS last_order,
        COUNT(order_day) AS order_days,
        COUNT(CASE WHEN order_day >= $count_from THEN 1 END) AS counted,
        CASE WHEN MIN(order_day) <= $known_after OR MIN(order_day) < $count_from THEN 1 ELSE 0 END
            AS there_before
    FROM customer_days
    WHERE order_day <= $as_of
    GROUP BY customer_id
),

histories AS (
    SELECT
        there_before,
        CASE WHEN there_before = 1 THEN counted ELSE order_days - 1 END AS frequency,
        CASE
            WHEN there_before = 0 THEN DATE_DIFF('day', first_order, last_order)
            WHEN counted > 0 THEN DATE_DIFF('day', $count_from, last_order) + 1
            ELSE 0
        END AS recency,
        CASE
            WHEN there_before = 0 THEN DATE_DIFF('day', first_order, $as_of)
            ELSE DATE_DIFF('day', $count_from, $as_of) + 1
        END AS age
    FROM each
)

SELECT there_before, frequency, recency, age, COUNT(*) AS customers
FROM histories
GROUP BY there_before, frequency, recency, age
ORDER BY there_before, frequency, recency, age
