-- How many orders paid nothing at all, and how many order numbers belong to two customers or days.
--
-- in     transactions (one row a line); $start DATE, $as_of DATE (both ends of the period)
-- out    one row for the orders of the period (in_period) and one for those before it
WITH orders AS (
    SELECT
        order_id,
        MIN(order_date) AS order_date,
        SUM(amount_minor) AS amount_minor,
        MIN(amount_minor) AS least_minor,
        MIN(customer_id) AS first_customer,
        MAX(customer_id) AS last_customer,
        MAX(order_date) AS last_date
    FROM transactions
    WHERE order_date <= $as_of
    GROUP BY order_id
)

SELECT
    order_date >= $start AS in_period,
    COUNT(*) AS orders,
    CAST(SUM(CASE WHEN amount_minor = 0 AND least_minor = 0 THEN 1 ELSE 0 END) AS BIGINT)
        AS paid_nothing,
    CAST(SUM(CASE WHEN first_customer <> last_customer THEN 1 ELSE 0 END) AS BIGINT)
        AS of_two_customers,
    CAST(SUM(CASE WHEN order_date <> last_date THEN 1 ELSE 0 END) AS BIGINT) AS on_two_days
FROM orders
GROUP BY order_date >= $start
ORDER BY in_period
