-- How many customers share each history, and what they did in the weeks held out.
--
-- in     customer_days; $as_of DATE; $calibration_end DATE, at most $as_of; $earlier DATE and
--        $later DATE, until when order days are counted apart
-- out    distinct histories; customers with an order on or before $calibration_end are in one each
-- units  dates; counts of order days
WITH each AS (
    SELECT
        MIN(order_day) AS first_order,
        MAX(CASE WHEN order_day <= $calibration_end THEN order_day END) AS last_order,
        COUNT(CASE WHEN order_day <= $calibration_end THEN 1 END) AS order_days,
        COUNT(CASE WHEN order_day <= $earlier THEN 1 END) AS until_earlier,
        COUNT(CASE WHEN order_day <= $later THEN 1 END) AS until_later,
        COUNT(CASE WHEN order_day > $calibration_end THEN 1 END) AS held_out
    FROM customer_days
    WHERE order_day <= $as_of
    GROUP BY customer_id
    HAVING MIN(order_day) <= $calibration_end
)

SELECT
    first_order, last_order, order_days, until_earlier, until_later, held_out,
    COUNT(*) AS customers
FROM each
GROUP BY first_order, last_order, order_days, until_earlier, until_later, held_out
ORDER BY first_order, last_order, order_days, until_earlier, until_later, held_out
