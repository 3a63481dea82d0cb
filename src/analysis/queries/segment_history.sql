-- How many customers were active, loyal and newly silent at the end of a past period, and what the
-- highest-spending fifth of them brought.
--
-- in     customer_days; $next_day DATE, the day after the last that counts; $day_before DATE, the
--        same of the period before; $since DATE, the first day in which orders and spend count;
--        $active_from, $were_active_from DATE: who ordered from then on is not silent, at the one
--        and at the other date; $new_from DATE: who ordered first from then on is new;
--        $loyal DOUBLE, orders
-- out    one row: counts of customers who had ever ordered, at the date and at the one before
-- units  amounts in minor units of the currency
--
-- Spend below zero counts as zero. The rules of stages are those of segmentation/lifecycle.py.
-- One date at a time takes less than all at once: no row a customer and date is ever made.
WITH to_date AS (
    SELECT
        customer_id,
        MIN(order_day) AS first_order,
        MAX(order_day) AS last_order,
        MAX(CASE WHEN order_day < $day_before THEN order_day END) AS last_before,
        SUM(orders) AS orders_to_date,
        SUM(CASE WHEN order_date >= $since THEN orders ELSE 0 END) AS orders,
        SUM(CASE WHEN order_date >= $since THEN amount_minor ELSE 0 END) AS amount_minor
    FROM customer_days
    WHERE order_date < $next_day
    GROUP BY customer_id
    HAVING MIN(order_day) IS NOT NULL
),

by_spend AS (
    SELECT
        CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END AS spend_minor,
        COUNT(*) AS customers,
        COUNT(last_before) AS customers_before,
        SUM(CASE WHEN last_order >= $active_from THEN 1 ELSE 0 END) AS active,
        SUM(
            CASE
                WHEN last_order < $active_from OR orders_to_date <= 1 OR orders < $loyal THEN 0
                WHEN first_order >= $new_from THEN 0
                ELSE 1
            END
        ) AS loyal,
        SUM(
            CASE WHEN last_order < $active_from AND last_before >= $were_active_from THEN 1 ELSE 0
            END
        ) AS fell_silent
    FROM to_date
    GROUP BY CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END
),

placed AS (
    SELECT
        *,
        SUM(customers) OVER (ORDER BY spend_minor DESC) AS up_to_here,
        CEIL(CAST(SUM(customers) OVER () AS DOUBLE) / 5) AS top_customers
    FROM by_spend
)

SELECT
    CAST(SUM(customers) AS BIGINT) AS customers,
    CAST(SUM(customers_before) AS BIGINT) AS customers_before,
    CAST(SUM(active) AS BIGINT) AS active,
    CAST(SUM(loyal) AS BIGINT) AS loyal,
    CAST(SUM(fell_silent) AS BIGINT) AS fell_silent,
    CAST(SUM(customers * spend_minor) AS BIGINT) AS spend_minor,
    CAST(
        SUM(
            CASE
                WHEN up_to_here <= top_customers THEN customers * spend_minor
                WHEN up_to_here - customers < top_customers
                    THEN (CAST(top_customers AS BIGINT) - up_to_here + customers) * spend_minor
                ELSE 0
            END
        ) AS BIGINT
    ) AS top_minor
FROM placed
