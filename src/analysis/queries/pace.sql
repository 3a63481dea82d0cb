-- What each customer's pace was until a date: the habit, and the recent days beside it.
--
-- in     transactions (one row a line); $as_of DATE; $recent_from DATE, first of the recent days;
--        $habit_from DATE, first day that counts for the habit
-- out    one row a customer with an order on or before $as_of
-- units  dates; amounts in minor units of the currency; total_squares is the sum of the squared
--        amounts of the days, from which the error of a sum of days is told
--
-- The first order day opens the time in which a pace can be seen and counts in neither part.
-- Nothing after $as_of is read. Returns reduce the amounts and make no order day.
WITH customer_days AS (
    SELECT
        customer_id,
        order_date,
        CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
        CASE WHEN MAX(amount_minor) >= 0 THEN order_date END AS order_day
    FROM transactions
    WHERE order_date <= $as_of
    GROUP BY customer_id, order_date
),

firsts AS (
    SELECT customer_id, MIN(order_day) AS first_order
    FROM customer_days
    GROUP BY customer_id
)

SELECT
    firsts.customer_id,
    MIN(firsts.first_order) AS first_order,
    MAX(customer_days.order_day) AS last_order,
    COUNT(customer_days.order_day) AS order_days,
    CAST(SUM(customer_days.amount_minor) AS BIGINT) AS total_minor,
    SUM(
        CAST(customer_days.amount_minor AS DOUBLE) * CAST(customer_days.amount_minor AS DOUBLE)
    ) AS total_squares,
    COUNT(
        CASE
            WHEN customer_days.order_day > firsts.first_order
                AND customer_days.order_day >= $habit_from
                AND customer_days.order_day < $recent_from
                THEN 1
        END
    ) AS habit_order_days,
    COUNT(
        CASE
            WHEN customer_days.order_day > firsts.first_order
                AND customer_days.order_day >= $recent_from
                THEN 1
        END
    ) AS recent_order_days
FROM firsts
INNER JOIN customer_days ON firsts.customer_id = customer_days.customer_id
WHERE firsts.first_order IS NOT NULL
GROUP BY firsts.customer_id
ORDER BY firsts.customer_id
