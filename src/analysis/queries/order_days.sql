-- How many order days each day had, of the customers known by a date.
--
-- in     customer_days; $as_of DATE; $calibration_end DATE, at most $as_of
-- out    one row a day with an order of a customer whose first order is on or before
--        $calibration_end: order days, and how many of them were first ones
-- units  counts
--
-- Orders of one customer on one day count one order day; a day of returns alone is none.
WITH firsts AS (
    SELECT customer_id, MIN(order_day) AS first_order
    FROM customer_days
    WHERE order_day <= $as_of
    GROUP BY customer_id
    HAVING MIN(order_day) <= $calibration_end
)

SELECT
    customer_days.order_date,
    COUNT(*) AS order_days,
    COUNT(CASE WHEN customer_days.order_date = firsts.first_order THEN 1 END) AS first_days
FROM customer_days
INNER JOIN firsts ON customer_days.customer_id = firsts.customer_id
WHERE customer_days.order_day <= $as_of
GROUP BY customer_days.order_date
ORDER BY customer_days.order_date
