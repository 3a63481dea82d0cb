-- What each customer's pace was until a date: the habit, and the recent days beside it.
--
-- in     customer_days; $as_of DATE; $recent_from DATE, first of the recent days;
--        $habit_from DATE, first day that counts for the habit
-- out    one row a customer with an order on or before $as_of
-- units  dates; amounts in minor units of the currency; total_squares is the sum of the squared
--        amounts of the days, from which the error of a sum of days is told
--
-- The first order day opens the time in which a pace can be seen and counts in neither part.
-- Nothing after $as_of is read. Returns reduce the amounts and make no order day.
WITH days AS (
    SELECT *
    FROM customer_days
    WHERE order_date <= $as_of
),

firsts AS (
    SELECT customer_id, MIN(order_day) AS first_order
    FROM days
    GROUP BY customer_id
)

SELECT
    firsts.customer_id,
    MIN(firsts.first_order) AS first_order,
    MAX(days.order_day) AS last_order,
    COUNT(days.order_day) AS order_days,
    CAST(SUM(days.amount_minor) AS BIGINT) AS total_minor,
    SUM(
        CAST(days.amount_minor AS DOUBLE) * CAST(days.amount_minor AS DOUBLE)
    ) AS total_squares,
    COUNT(
        CASE
            WHEN days.order_day > firsts.first_order
                AND days.order_day >= $habit_from
                AND days.order_day < $recent_from
                THEN 1
        END
    ) AS habit_order_days,
    COUNT(
        CASE
            WHEN days.order_day > firsts.first_order
                AND days.order_day >= $recent_from
                THEN 1
        END
    ) AS recent_order_days
FROM firsts
INNER JOIN days ON firsts.customer_id = days.customer_id
WHERE firsts.first_order IS NOT NULL
GROUP BY firsts.customer_id
ORDER BY firsts.customer_id
