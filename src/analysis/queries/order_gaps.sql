-- How evenly each customer ordered: the gaps between successive order days, by their logarithms.
--
-- in     customer_days; $calibration_end DATE
-- out    one row a customer with an order on or before $calibration_end
-- units  log_gaps: sum of the natural logarithms of the gaps in days; 0 where there is no gap
--
-- A day with a line of zero or more is an order day. The logarithms are doubles: engines may
-- differ in the last digit.
WITH order_days AS (
    SELECT customer_id, order_date
    FROM customer_days
    WHERE order_day <= $calibration_end
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
)

SELECT customer_id, COALESCE(SUM(LN(CAST(days AS DOUBLE))), 0.0) AS log_gaps
FROM gaps
GROUP BY customer_id
ORDER BY customer_id
