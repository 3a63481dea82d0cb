-- What each customer did until a date, and in the holdout after it.
--
-- in     customer_days; $as_of DATE; $calibration_end DATE, at most $as_of
-- out    one row a customer with an order on or before $calibration_end
-- units  dates; amounts in minor units of the currency
--
-- A day with a line of zero or more is an order day. Lines below zero are returns: a day of
-- returns alone is no order day, but its amount counts. Orders of one day count one order day.
SELECT
    customer_id,
    COUNT(CASE WHEN order_day <= $calibration_end THEN 1 END) - 1 AS frequency,
    MIN(order_day) AS first_order,
    MAX(CASE WHEN order_day <= $calibration_end THEN order_day END) AS last_order,
    CAST(SUM(CASE WHEN order_date <= $calibration_end THEN orders END) AS BIGINT) AS orders,
    CAST(SUM(CASE WHEN order_date <= $calibration_end THEN amount_minor END) AS BIGINT)
        AS total_minor,
    ARG_MIN(amount_minor, order_day) AS first_day_minor,
    COUNT(CASE WHEN order_day > $calibration_end THEN 1 END) AS holdout_frequency,
    CAST(COALESCE(SUM(CASE WHEN order_date > $calibration_end THEN amount_minor END), 0) AS BIGINT)
        AS holdout_minor
FROM customer_days
WHERE order_date <= $as_of
GROUP BY customer_id
HAVING MIN(order_day) <= $calibration_end
ORDER BY customer_id
