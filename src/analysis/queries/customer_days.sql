-- What each customer did on each day: the table that all questions about orders begin with.
--
-- in     transactions (one row a line)
-- out    one row a customer and day
-- units  amount_minor in minor units of the currency, returns deducted; orders: those of the day
--        with a line of zero or more; order_day: the day where there was one, else missing
--
-- Lines below zero are returns: a day of returns alone is no order day, but its amount counts.
WITH each_order AS (
    SELECT
        customer_id,
        order_date,
        SUM(amount_minor) AS amount_minor,
        MAX(CASE WHEN amount_minor >= 0 THEN 1 ELSE 0 END) AS is_order
    FROM transactions
    GROUP BY customer_id, order_date, order_id
)

SELECT
    customer_id,
    order_date,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
    CAST(SUM(is_order) AS BIGINT) AS orders,
    CASE WHEN SUM(is_order) > 0 THEN order_date END AS order_day
FROM each_order
GROUP BY customer_id, order_date
ORDER BY customer_id, order_date
