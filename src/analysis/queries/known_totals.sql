-- What the customers known by a date did together until then, and from then on.
--
-- in     customer_days; $as_of DATE; $calibration_end DATE, at most $as_of
-- out    one row: customers with an order on or before $calibration_end; their order days and their
--        spend until it, and after it until $as_of
-- units  counts; amounts in minor units of the currency
WITH each AS (
    SELECT
        COUNT(CASE WHEN order_day <= $calibration_end THEN 1 END) AS order_days,
        COUNT(CASE WHEN order_day > $calibration_end THEN 1 END) AS later_days,
        CAST(SUM(CASE WHEN order_date <= $calibration_end THEN amount_minor ELSE 0 END) AS BIGINT)
            AS amount_minor,
        CAST(SUM(CASE WHEN order_date > $calibration_end THEN amount_minor ELSE 0 END) AS BIGINT)
            AS later_minor
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY customer_id
    HAVING MIN(order_day) <= $calibration_end
)

SELECT
    COUNT(*) AS customers,
    CAST(COALESCE(SUM(order_days), 0) AS BIGINT) AS order_days,
    CAST(COALESCE(SUM(later_days), 0) AS BIGINT) AS later_days,
    CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) AS amount_minor,
    CAST(COALESCE(SUM(later_minor), 0) AS BIGINT) AS later_minor
FROM each
