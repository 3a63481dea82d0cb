-- What each customer's pace was until a day: the habit, and the recent days beside it.
--
-- in     customer_days; $day DATE; $recent_from DATE, first of the recent days;
--        $habit_from DATE, first day that counts for the habit
-- out    one row a customer with an order on or before $day
-- units  dates; amounts in minor units of the currency; total_squares is the sum of the squared
--        amounts of the days, from which the error of a sum of days is told
--
-- The first order day opens the time in which a pace can be seen and counts in neither part.
-- Nothing after $day is read. Returns reduce the amounts and make no order day.
WITH known AS (
    SELECT
        customer_id,
        MIN(order_day) AS first_order,
        MAX(order_day) AS last_order,
        COUNT(order_day) AS order_days,
        CAST(SUM(amount_minor) AS BIGINT) AS total_minor,
        SUM(
            CAST(amount_minor AS DOUBLE) * CAST(amount_minor AS DOUBLE)
        ) AS total_squares,
        COUNT(
            CASE WHEN order_day >= $habit_from AND order_day < $recent_from THEN 1 END
        ) AS habit_order_days,
        COUNT(CASE WHEN order_day >= $recent_from THEN 1 END) AS recent_order_days
    FROM customer_days
    WHERE order_date <= $day
    GROUP BY customer_id
)

SELECT
    customer_id,
    first_order,
    last_order,
    order_days,
    total_minor,
    total_squares,
    habit_order_days - CASE
        WHEN first_order >= $habit_from AND first_order < $recent_from THEN 1 ELSE 0
    END AS habit_order_days,
    recent_order_days - CASE
        WHEN first_order >= $recent_from THEN 1 ELSE 0
    END AS recent_order_days
FROM known
WHERE first_order IS NOT NULL
ORDER BY customer_id
